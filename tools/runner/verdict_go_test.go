package runner_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// goVerdicts are about goroutines that functions of drivers start.
var goVerdicts = []judged{
	{
		name: "assertion-in-a-goroutine", kind: engine.FailedAssertion,
		drivers: do("assert beside", func(_ context.Context, s *drivers.Scope) error {
			s.Go(func() { s.Expect(1 + 1).To(gomega.Equal(3)) })
			return nil
		}),
		says: []string{`driver server \(endpoint server\), action 2: Do\("assert beside"\)`, `Expected\s+<int>: 2\s+to equal\s+<int>: 3`, `assertion at verdict_go_test.go:\d+`},
	},
	{
		name: "panic-in-a-goroutine", kind: engine.FailedPanic,
		drivers: do("panic beside", func(_ context.Context, s *drivers.Scope) error {
			s.Go(func() { panic("beside") })
			return nil
		}),
		says: []string{`action 2: Do\("panic beside"\)`, `panic: +beside`, `panic at verdict_go_test.go:\d+`},
	},
	{
		name: "a-goroutine-ends-itself", once: true, kind: engine.FailedPanic,
		drivers: do("goexit beside", func(_ context.Context, s *drivers.Scope) error {
			s.Go(func() { runtime.Goexit() })
			return nil
		}),
		says: []string{`was t.FailNow or t.Fatal called in a driver`},
	},
	{
		// The function waits for what the goroutine, which failed, would have done.
		name: "assertion-in-a-goroutine-that-is-waited-for", once: true, kind: engine.FailedAssertion,
		drivers: do("wait for ever", func(_ context.Context, s *drivers.Scope) error {
			done := make(chan struct{})
			s.Go(func() {
				s.Expect(1 + 1).To(gomega.Equal(3))
				close(done)
			})
			<-done
			return nil
		}),
		says: []string{`to equal\s+<int>: 3`, `assertion at verdict_go_test.go:\d+`},
	},
	{
		name: "a-goroutine-outlives-its-action", once: true, kind: engine.FailedIgnored, actionTimeout: 200 * time.Millisecond,
		drivers: do("leave it", func(_ context.Context, s *drivers.Scope) error {
			s.Go(stuck)
			return nil
		}),
		says: []string{`went on for more than (1|4)s after its context had ended`},
	},
	{
		name: "assertion-in-a-goroutine-of-a-handler", kind: engine.FailedHandler,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return pair(env, drivers.Subscribe(func(_ context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				s.Go(func() { s.Expect(e.Data.N).To(gomega.Equal(3)) })
				return nil
			}), drivers.Broadcast(Tick{N: 2}), drivers.WaitFor[Question]())
		},
		says: []string{`action 2: Subscribe\[Tick\]\(func\)`, `Expected\s+<int>: 2\s+to equal\s+<int>: 3`, `assertion at verdict_go_test.go:\d+`},
	},
	{
		name: "assertion-on-a-goroutine-of-ones-own", needs: isolated, kind: engine.FailedProcess,
		drivers: do("assert astray", func(ctx context.Context, s *drivers.Scope) error {
			go func() { s.Expect(1 + 1).To(gomega.Equal(3)) }()
			<-ctx.Done()
			return ctx.Err()
		}),
		says: []string{`driver server made an assertion on a goroutine that a go statement started`, `s\.Go\(func\(\) \{ … \}\)`, `verdict_go_test.go:\d+: Expected`},
	},
}

// strayEnv has TestStray end its process.
const strayEnv = "LAHJA_TEST_STRAY"

func TestStray(t *testing.T) {
	if os.Getenv(strayEnv) == "" {
		t.Skip("ends its process, for TestAssertionOnAGoroutineOfOnesOwnSaysHowToMendIt")
	}
	for _, j := range goVerdicts {
		if len(j.needs) > 0 {
			s := j.scenario()
			s.Needs = nil
			runner.Test(t, []drivers.Scenario{s}, engine.OnGoroutines(transports.Memory()))
		}
	}
}

// On goroutines nothing is left to make a report of.
func TestAssertionOnAGoroutineOfOnesOwnSaysHowToMendIt(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestStray$")
	cmd.Env = append(os.Environ(), strayEnv+"=1")
	out, err := cmd.CombinedOutput()
	want := regexp.MustCompile(`panic: driver server made an assertion on a goroutine that a go statement started.*s\.Go\(func\(\) \{ … \}\).*verdict_go_test.go:\d+: Expected`)
	if err == nil || !want.Match(out) {
		t.Errorf("got %v, want a panic that matches %q:\n%s", err, want, out)
	}
}

// goes is what passes.
var goes = drivers.Scenario{
	Name: "go/waits", Rule: "an action waits for its goroutines, which may start others and outlive its function",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		n := 0
		var late func()
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"),
			drivers.Do("go", func(_ context.Context, s *drivers.Scope) error {
				s.Go(func() { s.Go(func() { n++ }) })
				late = func() { s.Go(func() { n++ }) }
				return nil
			}),
			drivers.Do("look", func(_ context.Context, s *drivers.Scope) error {
				s.Expect(n).To(gomega.Equal(1))
				late() // The scope's action has ended; the driver waits.
				return nil
			}))}
	},
}

func TestGo(t *testing.T) {
	runner.Test(t, []drivers.Scenario{goes}, engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix()))
}
