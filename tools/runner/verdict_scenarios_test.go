package runner_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// judged is a scenario that must be judged a failure, and what the report must
// say of it.
type judged struct {
	name string
	// drivers builds the scenario.
	drivers func(env *drivers.Env) []*drivers.Driver
	needs   []engine.Need
	// once asks it of one engine of each kind alone (goroutine, subprocess, mixed), the
	// first that can: it takes long, and what endpoints connect over has no part in it.
	once bool
	// actionTimeout and timeout are 5 s and 30 s where they are not set.
	actionTimeout, timeout time.Duration

	kind engine.FailureKind
	// says are regular expressions that the report matches.
	says []string
	// after ends what the scenario left in this process.
	after func()
}

func (j judged) scenario() drivers.Scenario {
	return drivers.Scenario{Name: "verdict/" + j.name, Rule: "this must fail", Needs: j.needs, Drivers: j.drivers, Timeout: j.timeout}
}

// pair is a server that does what is given once a client is connected to it. The
// client waits at the checkpoint "held", which the server never reaches.
func pair(env *drivers.Env, server ...drivers.Action) []*drivers.Driver {
	config := env.Config("server")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(config), slices.Concat([]drivers.Action{drivers.Checkpoint("connected")}, server, []drivers.Action{drivers.Checkpoint("held")})...),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(config), drivers.Checkpoint("connected"), drivers.Checkpoint("held")),
	}
}

// broken is pair with one action.
func broken(a func() drivers.Action) func(env *drivers.Env) []*drivers.Driver {
	return func(env *drivers.Env) []*drivers.Driver { return pair(env, a()) }
}

func do(name string, fn func(ctx context.Context, s *drivers.Scope) error) func(env *drivers.Env) []*drivers.Driver {
	return broken(func() drivers.Action { return drivers.Do(name, fn) })
}

// kept keeps what is left behind from being collected.
var kept struct {
	file    *os.File
	process *exec.Cmd
}

var (
	isolated = []engine.Need{engine.ProcessIsolation}
	errMine  = errors.New("what the handler returns")
	errOther = errors.New("what the action was to throw")
)

// stuck blocks for far longer than any timeout here, and yet ends.
func stuck() { <-time.After(10 * time.Second) }

var behaviourVerdicts = []judged{
	{
		name: "driver-panics", kind: engine.FailedPanic,
		drivers: do("panic", func(context.Context, *drivers.Scope) error { panic("at the disco") }),
		says:    []string{`panic: +at the disco`, `detail: +panic at verdict_scenarios_test.go:\d+\n`},
	},
	{
		name: "driver-ends-its-goroutine", kind: engine.FailedPanic,
		drivers: do("goexit", func(context.Context, *drivers.Scope) error { runtime.Goexit(); return nil }),
		says:    []string{`was t.FailNow or t.Fatal called in a driver`},
	},
	{
		name: "assertion-in-driver", kind: engine.FailedAssertion,
		drivers: do("assert", func(_ context.Context, s *drivers.Scope) error {
			s.Expect(1 + 1).To(gomega.Equal(3))
			return nil
		}),
		says: []string{`Expected\s+<int>: 2\s+to equal\s+<int>: 3`, `assertion at verdict_scenarios_test.go:\d+`},
	},
	{
		name: "assertion-in-handler", kind: engine.FailedHandler,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return pair(env, drivers.Subscribe(func(_ context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				s.Expect(e.Data.N).To(gomega.Equal(3))
				return nil
			}), drivers.Broadcast(Tick{N: 2}), drivers.WaitFor[Question]())
		},
		says: []string{`driver server \(endpoint server\), action 2: Subscribe\[Tick\]\(func\)`, `the handler of \S+Tick failed on an event from server: Expected\s+<int>: 2\s+to equal\s+<int>: 3`, `assertion at verdict_scenarios_test.go:\d+`},
	},
	{
		name: "handler-returns-an-error", kind: engine.FailedHandler,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return pair(env, drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return errMine }),
				drivers.Broadcast(Tick{N: 2}), drivers.WaitFor[Question]())
		},
		says: []string{`failed on an event from server: what the handler returns`},
	},
	{
		name: "handler-fails-at-the-end", kind: engine.FailedHandler,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"),
				drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return errMine }),
				drivers.Broadcast(Tick{N: 2}))}
		},
		says: []string{`failed on an event from alone: what the handler returns`},
	},
	{
		name: "handler-throws-another", kind: engine.FailedThrows,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return pair(env, drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Tick]) error { return errMine }),
				drivers.Broadcast(Tick{N: 2}), drivers.HandlerThrows(errOther))
		},
		says: []string{`want "what the action was to throw", got "what the handler returns"`},
	},
	{
		name: "throws-nothing", kind: engine.FailedThrows,
		drivers: broken(func() drivers.Action {
			return drivers.Throws(drivers.Do("succeed", func(context.Context, *drivers.Scope) error { return nil }), errOther)
		}),
		says: []string{`Do\("succeed"\) succeeded, and was to fail`},
	},
	{
		name: "throws-another", kind: engine.FailedThrows,
		drivers: broken(func() drivers.Action {
			return drivers.Throws(drivers.Broadcast(Tick{N: 7}), lahja.ErrRemoteDisconnected)
		}),
		says: []string{`action 2: Throws\("remote disconnected", Broadcast\(Tick\{N:7\}\)\)`, `want an error that is "remote disconnected"; got "lahja: .*no subscribers`},
	},
	{
		name: "throws-timeout-first", kind: engine.FailedThrows, actionTimeout: 200 * time.Millisecond,
		drivers: broken(func() drivers.Action {
			return drivers.Throws(drivers.WaitFor[Tick](), context.DeadlineExceeded)
		}),
		says: []string{`was to fail, but ran into a timeout first: timeout after 200ms`, `set it with Within`},
	},
	{
		name: "throws-within-another", kind: engine.FailedThrows,
		drivers: broken(func() drivers.Action {
			return drivers.Throws(drivers.Within(100*time.Millisecond, drivers.WaitFor[Tick]()), errOther)
		}),
		says: []string{`want an error that is "what the action was to throw"; got "not done within 100ms`},
	},
	{
		name: "checkpoint-party-ended", kind: engine.FailedCheckpoint,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("early"), drivers.Opaque(drivers.Checkpoint("meet"))),
				drivers.New(drivers.NoEndpoint("late"), drivers.Checkpoint("meet"), drivers.Checkpoint("meet")),
			}
		},
		says: []string{`driver late, action 2: Checkpoint\("meet"\)`, `checkpoint "meet" is broken: round 2, arrived: late; missing: early \(ended after coming 1 times`,
			`waited for: +all parties of checkpoint "meet"`},
	},
	{
		name: "checkpoints-wait-for-each-other", kind: engine.FailedCheckpoint,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("one"), drivers.Opaque(drivers.Checkpoint("first")), drivers.Checkpoint("second")),
				drivers.New(drivers.NoEndpoint("two"), drivers.Checkpoint("second"), drivers.Checkpoint("first")),
			}
		},
		says: []string{`checkpoint "(first|second)" is broken: arrived: (one|two); missing: (one|two) \(still at Checkpoint\("(first|second)"\)\)`},
	},
	{
		name: "action-outlives-its-timeout", kind: engine.FailedTimeout, actionTimeout: 200 * time.Millisecond,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			config := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(config), drivers.Within(time.Minute, drivers.WaitUntilConnectedTo("client")), drivers.WaitFor[Tick]()),
				drivers.New(drivers.RunEndpoint("client"), drivers.Within(time.Minute, drivers.ConnectToEndpoints(config)),
					drivers.Within(time.Minute, drivers.WaitUntilDisconnectedFrom("server")), drivers.WaitAnyThenBroadcast(Tick{})),
			}
		},
		says: []string{`driver server \(endpoint server\), action 2: WaitFor\[Tick\]\(\)`, `timeout after 200ms`, `waited for: +an event of type Tick`,
			`server \(itself\), subscribed to nothing\s+client, subscribed to nothing|server \(itself\), subscribed to \S+Tick\s+client, subscribed to nothing`,
			`ran for: +2\d\d`, `client: action 2 of 3, WaitUntilDisconnectedFrom\("server"\)`},
	},
	{
		name: "action-ignores-its-context", once: true, kind: engine.FailedIgnored, actionTimeout: 200 * time.Millisecond,
		drivers: do("ignore", func(context.Context, *drivers.Scope) error { stuck(); return nil }),
		says:    []string{`went on for more than (1|4)s after its context had ended`, `(?s)detail: +goroutine \d+ .*runner_test\.stuck`},
	},
	{
		name: "leaves-a-goroutine", once: true, kind: engine.FailedLeak,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"),
				drivers.Do("leave a goroutine", func(context.Context, *drivers.Scope) error { go func() { stuck() }(); return nil }))}
		},
		says: []string{`leak: +left behind: goroutine: 1 of driver untidy at runner_test\.stuck \(verdict_scenarios_test\.go:\d+\)\n +called by runner_test\.\S+ \(`},
	},
	{
		name: "leaves-a-descriptor", once: true, kind: engine.FailedLeak,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"),
				drivers.Do("leave a descriptor", func(context.Context, *drivers.Scope) (err error) {
					kept.file, err = os.Open(os.DevNull)
					return err
				}))}
		},
		says:  []string{`left behind: descriptor: \d+ \(/dev/null\) was not closed`},
		after: func() { kept.file.Close() },
	},
	{
		name: "leaves-a-connection", kind: engine.FailedLeak, needs: []engine.Need{engine.RawConnections},
		drivers: func(env *drivers.Env) []*drivers.Driver {
			config := env.Config("server")
			return []*drivers.Driver{drivers.New(drivers.ServeEndpoint(config),
				drivers.Do("leave a connection", func(ctx context.Context, s *drivers.Scope) error {
					_, err := s.Engine().(engine.RawDialer).Transport().Dial(ctx, config.Address)
					return err
				}))}
		},
		says: []string{`descriptor: a connection dialled to \S+ was not closed`},
	},
	{
		name: "leaves-a-child", once: true, kind: engine.FailedLeak,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"),
				drivers.Do("leave a process", func(context.Context, *drivers.Scope) error {
					kept.process = exec.Command("sleep", "20")
					return kept.process.Start()
				}))}
		},
		says: []string{`process: \d+ sleep 20 was left running, and has been ended`},
		after: func() {
			_ = kept.process.Process.Kill()
			_ = kept.process.Wait()
		},
	},
	{
		name: "leaves-a-process-outside-its-group", once: true, needs: isolated, kind: engine.FailedLeak,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"),
				drivers.Do("leave a daemon", func(context.Context, *drivers.Scope) error {
					daemon := exec.Command("sleep", "4")
					daemon.Stdout, daemon.SysProcAttr = os.Stdout, ownSession
					return daemon.Start()
				}))}
		},
		says: []string{`process: \d+ sleep 4 was left running, and has been ended`},
	},
	{
		name: "leaves-a-file", kind: engine.FailedLeak,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("untidy"),
				drivers.Do("leave a file", func(context.Context, *drivers.Scope) error {
					dir, err := env.Dir()
					if err != nil {
						return err
					}
					return os.WriteFile(dir+"/forgotten", nil, 0o600)
				}))}
		},
		says: []string{`file: lahja-\S+/forgotten was left in the private directory`},
	},
	{
		name: "background-fails", kind: engine.FailedError,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return pair(env, drivers.Background("side", drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errMine })), drivers.WaitFor[Tick]())
		},
		says: []string{`background action "side": what the handler returns`},
	},
	{
		name: "drivers-depend-on-the-process", needs: isolated, kind: engine.FailedHarness,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("changeling"), drivers.Broadcast(Tick{N: os.Getpid()}, lahja.BroadcastConfig{AllowNoSubscribers: true}))}
		},
		says: []string{`the child built other drivers than its parent`},
	},
	{
		name: "drivers-panic-while-built", kind: engine.FailedHarness,
		drivers: func(*drivers.Env) []*drivers.Driver { panic("unbuildable") },
		says:    []string{`building the drivers of scenario verdict/drivers-panic-while-built \(verdict_scenarios_test.go:\d+\) panicked: unbuildable`},
	},
	{
		name: "lonely-checkpoint", kind: engine.FailedHarness,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"), drivers.Checkpoint("meet"))}
		},
		says: []string{`checkpoint "meet" stands in driver alone alone`},
	},
	{
		name: "slot-of-another-driver", needs: []engine.Need{engine.SharedMemory}, kind: engine.FailedError,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			slot := drivers.NewSlot[lahja.Event[Tick]]("tick")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("owner"), drivers.Background("send", drivers.WaitAnyThenBroadcast(Tick{})),
					drivers.WaitFor[Tick]().Into(slot), drivers.Checkpoint("saved")),
				drivers.New(drivers.NoEndpoint("thief"), drivers.Checkpoint("saved"), slot.Matches(gomega.BeNil())),
			}
		},
		says: []string{`slot tick is empty: no earlier action of driver thief saved to it`},
	},
}

// Question is a request of these tests.
type Question struct{ lahja.Expects[Answer] }

// Answer is its response.
type Answer struct{}
