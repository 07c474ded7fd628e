package drivers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var errMine = errors.New("mine")

func fail(err error) d.Action {
	return d.Do("fail", func(context.Context, *d.Scope) error { return err })
}

// alone is a scenario of one endpoint.
func alone(name string, build func(env *d.Env) []d.Action) d.Scenario {
	return d.Scenario{Name: name, Rule: "the action does what its doc says", Drivers: func(env *d.Env) []*d.Driver {
		return []*d.Driver{d.New(d.RunEndpoint("alone"), build(env)...)}
	}}
}

// two is a scenario of a server and a client that is connected to it. Both end
// together.
func two(name string, build func(env *d.Env) (server, client []d.Action)) d.Scenario {
	return d.Scenario{Name: name, Rule: "the action does what its doc says", Drivers: func(env *d.Env) []*d.Driver {
		server, client := build(env)
		config := env.Config("server")
		return []*d.Driver{
			d.New(d.ServeEndpoint(config), append(append([]d.Action{d.Checkpoint("begin")}, server...), d.Checkpoint("end"))...),
			d.New(d.RunEndpoint("client"), append(append([]d.Action{d.ConnectToEndpoints(config), d.Checkpoint("begin")}, client...), d.Checkpoint("end"))...),
		}
	}}
}

var passing = []d.Scenario{
	alone("not", func(*d.Env) []d.Action {
		return []d.Action{d.DoesNotHold(d.IsConnectedTo("nobody")), d.IsConnectedTo("alone"), d.ConnectedEndpointsAre(),
			d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]()), d.AreAllEndpointsSubscribedTo[Tick](false), d.DoesNotHold(d.AreAllEndpointsSubscribedTo[Tick](true))}
	}),
	alone("repeat-and-sequence", func(*d.Env) []d.Action {
		ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
		return []d.Action{d.Stream(ticks), d.Repeat(3, d.Sequence(d.Broadcast(Tick{N: 1}), d.Broadcast(Tick{N: 2}))),
			d.CollectFrom(ticks, 6).Then(func(_ context.Context, s *d.Scope, all []lahja.Event[Tick]) error {
				for i, e := range all {
					s.Expect(e.Data.N).To(gomega.Equal(i%2 + 1))
				}
				return nil
			}), d.CloseStream(ticks), d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers)}
	}),
	alone("zero-is-none", func(*d.Env) []d.Action {
		ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
		none := func(_ context.Context, s *d.Scope, all []lahja.Event[Tick]) error {
			s.Expect(all).To(gomega.BeEmpty())
			return nil
		}
		return []d.Action{d.Stream(ticks), d.BroadcastEach(0, func(int) Tick { return Tick{} }), d.Repeat(0, fail(errMine)),
			d.Collect[Tick](0).Then(none), d.CollectFrom(ticks, 0).Then(none), d.Drain(ticks).Then(none)}
	}),
	alone("parallel-runs-at-once", func(*d.Env) []d.Action {
		return []d.Action{d.Parallel(d.WaitFor[Tick](), d.WaitAnyThenBroadcast(Tick{}))}
	}),
	alone("parallel-stops-the-others", func(*d.Env) []d.Action {
		return []d.Action{d.Throws(d.Parallel(d.WaitFor[Tick](), fail(errMine)), errMine)}
	}),
	alone("within", func(*d.Env) []d.Action {
		return []d.Action{d.Throws(d.Within(10*time.Millisecond, d.WaitFor[Tick]()), context.DeadlineExceeded),
			d.Throws(d.Within(10*time.Millisecond, d.Sequence(fail(nil), d.WaitFor[Tick]())), context.DeadlineExceeded),
			d.Within(time.Minute, fail(nil))}
	}),
	alone("throws", func(*d.Env) []d.Action {
		return []d.Action{d.Throws(fail(fmt.Errorf("wrapped: %w", errMine)), errMine),
			d.ThrowsAs(d.Broadcast(Tick{}), func(err *lahja.Error) error {
				if err.Endpoint != "alone" || err.Op == "" || err.Event == "" {
					return fmt.Errorf("got %+v, want operation, endpoint and event type", err)
				}
				return nil
			}),
			d.ThrowsMatching(fail(errMine), gomega.MatchError("mine"))}
	}),
	alone("background-and-join", func(*d.Env) []d.Action {
		return []d.Action{d.Background("wait", d.WaitFor[Tick]()), d.Background("throw", fail(errMine)),
			d.WaitAnyThenBroadcast(Tick{}), d.Join("wait"), d.Throws(d.Join("throw"), errMine)}
	}),
	alone("background-is-waited-for", func(*d.Env) []d.Action {
		return []d.Action{d.Background("wait", d.WaitFor[Tick]()), d.WaitAnyThenBroadcast(Tick{})}
	}),
	alone("cancel", func(*d.Env) []d.Action {
		return []d.Action{d.Background("for ever", d.Within(time.Hour, d.WaitFor[Tick]())),
			d.WaitUntilAnyEndpointSubscribedTo[Tick](), d.Cancel("for ever"), d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]())}
	}),
	alone("handler-throws", func(*d.Env) []d.Action {
		return []d.Action{d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return errMine }),
			d.Broadcast(Tick{}), d.HandlerThrows(errMine)}
	}),
	alone("unsubscribe", func(*d.Env) []d.Action {
		sub := d.NewSlot[*lahja.Subscription]("sub")
		return []d.Action{d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }, sub),
			d.IsEndpointSubscribedTo[Tick]("alone"), d.SubscribedEventsAre(Tick{}), d.Broadcast(Tick{}), d.Unsubscribe(sub), d.SubscribedEventsAre(), d.Unsubscribe(sub),
			d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers)}
	}),
	alone("close-and-restart", func(*d.Env) []d.Action {
		return []d.Action{d.CloseEndpoint(), d.Throws(d.Broadcast(Tick{}), lahja.ErrLifecycle), d.RestartEndpoint(),
			d.Throws(d.Broadcast(Tick{}), lahja.ErrNoSubscribers), d.ShutdownEndpoint(), d.Throws(d.Broadcast(Tick{}), lahja.ErrLifecycle)}
	}),
	alone("expect", func(*d.Env) []d.Action {
		tick := d.NewSlot[lahja.Event[Tick]]("tick")
		return []d.Action{d.Background("send", d.WaitAnyThenBroadcast(Tick{N: 3})), d.WaitFor[Tick]().Into(tick),
			tick.Matches(gomega.HaveField("Data.N", 3)), d.Result("tick", tick),
			tick.Satisfies(func(e lahja.Event[Tick]) error {
				if e.Origin() != "alone" {
					return errMine
				}
				return nil
			}),
			d.ExpectEndpoint(gomega.HaveField("Name()", "alone")),
			d.ExpectEndpointFunc("has no peers", func(ep lahja.EndpointAPI) error {
				if len(ep.Peers().Peers) != 1 {
					return errMine
				}
				return nil
			})}
	}),
	alone("changes", func(*d.Env) []d.Action {
		ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
		return []d.Action{d.WaitUntilEndpointSubscriptionsChange(d.Stream(ticks)),
			d.Throws(d.Within(10*time.Millisecond, d.WaitUntilEndpointSubscriptionsChange()), context.DeadlineExceeded),
			d.WaitUntilAnyEndpointSubscribedTo[Tick](), d.WaitUntilAllEndpointsSubscribedTo[Tick](true)}
	}),
	two("request-with", func(*d.Env) (server, client []d.Action) {
		return []d.Action{d.ServeRequest(func(e lahja.Event[Ping]) Pong { return Pong{N: e.Data.N} })},
			[]d.Action{d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.RequestWith(Ping{N: 4}, lahja.BroadcastConfig{FilterEndpoints: []string{"server"}}).Returns(Pong{N: 4})}
	}),
	two("request-all", func(*d.Env) (server, client []d.Action) {
		serve := d.ServeRequests(func(e lahja.Event[Ping]) Pong { return Pong{N: e.Data.N} })
		return []d.Action{serve, d.Checkpoint("serving"), d.Checkpoint("done")},
			[]d.Action{serve, d.Checkpoint("serving"), d.WaitUntilAllEndpointsSubscribedTo[Ping](true),
				d.RequestAll(Ping{N: 4}).Then(func(_ context.Context, s *d.Scope, pongs []lahja.Event[Pong]) error {
					s.Expect(pongs).To(gomega.HaveLen(2))
					s.Expect(pongs).To(gomega.HaveEach(gomega.HaveField("Data", Pong{N: 4})))
					return nil
				}),
				d.Checkpoint("done")}
	}),
	two("receives-nothing", func(*d.Env) (server, client []d.Action) {
		return []d.Action{d.ReceivesNothing[Tick](d.Checkpoint("ready"), d.Checkpoint("sent"))},
			[]d.Action{d.Checkpoint("ready"), d.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true, AllowNoSubscribers: true}), d.Checkpoint("sent")}
	}),
	two("sync", func(*d.Env) (server, client []d.Action) {
		n := 0
		count := func(context.Context, *d.Scope, lahja.Event[Tick]) error { n++; return nil }
		return []d.Action{d.Subscribe(count), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("ready"), d.Checkpoint("synced"),
				d.Do("counted", func(_ context.Context, s *d.Scope) error {
					s.Expect(n).To(gomega.Equal(100))
					return nil
				})},
			[]d.Action{d.Checkpoint("ready"), d.Repeat(100, d.Broadcast(Tick{})), d.Sync("server"), d.Checkpoint("synced")}
	}),
}

func TestPassing(t *testing.T) { runner.Test(t, passing) }

func TestResults(t *testing.T) {
	for _, e := range runner.Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			report := (&runner.Runner{Engine: e}).Run(t.Context(), named(t, "expect"))
			if err := report.Err(); err != nil {
				t.Fatal(err)
			}
			var got struct{ Data Tick }
			if err := report.Result("alone", "tick", &got); err != nil {
				t.Fatal(err)
			}
			if got.Data.N != 3 {
				t.Errorf("got %+v, want N 3", got)
			}
			if err := report.Result("alone", "other", &got); err == nil {
				t.Error("got a result that nobody reported")
			}
		})
	}
}

func named(t *testing.T, name string) d.Scenario {
	t.Helper()
	for _, s := range passing {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no scenario %q", name)
	return d.Scenario{}
}

// slow is an action of somebody's own, made of another one.
type slow struct{ inner d.Action }

func (a slow) String() string                            { return "slow(" + a.inner.String() + ")" }
func (a slow) Inner() []d.Action                         { return []d.Action{a.inner} }
func (a slow) Run(ctx context.Context, s *d.Scope) error { return s.Run(ctx, a.inner) }

func TestOwnActions(t *testing.T) {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
	report := r.Run(t.Context(), alone("own", func(*d.Env) []d.Action { return []d.Action{slow{fail(errMine)}} }))
	if report.Verdict != runner.Failed || !errors.Is(report.Err(), errMine) {
		t.Errorf("got %s, want a failure that is errMine", report)
	}
}
