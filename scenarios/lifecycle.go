package scenarios

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Lifecycle: names of endpoints, and restarts.
var lifecycleTable = []drivers.Scenario{
	{
		Name: "lifecycle/names-are-ascii",
		Rule: "An endpoint's name is non-empty ASCII; an endpoint with any other name cannot be opened.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			opens := func(name string) drivers.Action {
				return drivers.Do("open "+name, func(ctx context.Context, s *drivers.Scope) error {
					return closed(s.RunEndpoint(ctx, name))
				})
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("a name of printable ~ASCII~"),
					drivers.Throws(opens(""), lahja.ErrInvalid),
					drivers.Throws(opens("naïve"), lahja.ErrInvalid),
					drivers.Throws(opens("世界"), lahja.ErrInvalid),
					opens("another")),
			}
		},
	},
	{
		Name: "lifecycle/says-whether-it-runs",
		Rule: "An endpoint reports whether it runs and whether it serves, and a caller can wait for its end.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ExpectEndpointFunc("says nothing but that it runs", says(true, false, false)),
					drivers.ShutdownEndpoint(),
					drivers.ExpectEndpointFunc("says that it has ended", says(false, false, true))),
				drivers.New(drivers.ServeEndpoint(env.Config("server")),
					drivers.ExpectEndpointFunc("says that it runs and serves", says(true, true, false)),
					drivers.Background("end", drivers.Do("wait until the end", func(ctx context.Context, s *drivers.Scope) error {
						return closedBefore(ctx, lahja.Done(s.Endpoint()))
					})),
					drivers.CloseEndpoint(),
					drivers.Join("end"),
					drivers.ExpectEndpointFunc("says that it has ended", says(false, false, true))),
			}
		},
	},
	{
		Name: "lifecycle/ends-after-its-handlers",
		Rule: "A closed endpoint keeps its name and no longer runs, and ends when its last handler returns.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			closing, proceed := make(chan struct{}), make(chan struct{})
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server")),
					drivers.Subscribe(func(_ context.Context, s *drivers.Scope, _ lahja.Event[Tick]) error {
						err := s.Endpoint().Close()
						close(closing)
						<-proceed
						return err
					}),
					drivers.ExpectEndpointFunc("keeps its name", isNamed("server")),
					drivers.Broadcast(Tick{}),
					drivers.Do("wait until its handler has closed it", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, closing) }),
					drivers.ExpectEndpointFunc("has closed, with a handler that runs", says(false, false, false)),
					drivers.Do("let the handler go on", func(context.Context, *drivers.Scope) error { close(proceed); return nil }),
					drivers.CloseEndpoint(), // Unlike the handler, it waits for the end.
					drivers.ExpectEndpointFunc("says that it has ended", says(false, false, true)),
					drivers.ExpectEndpointFunc("keeps its name", isNamed("server"))),
			}
		},
	},
	{
		Name: "lifecycle/restarted-peer-takes-its-place",
		Rule: "A restarted peer connects again under its name, and is served with its new subscriptions.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("connected again"),
					drivers.ConnectedEndpointsAre("client"),
					drivers.IsEndpointSubscribedTo[Tick]("client"),
					drivers.Not(drivers.IsEndpointSubscribedTo[Tock]("client")),
					drivers.BroadcastEach(10, tick),
					drivers.Sync("client"),
					drivers.Checkpoint("sent")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.RestartEndpoint(),
					drivers.Stream(ticks),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected again"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(10, tick))),
			}
		},
	},
	{
		Name: "lifecycle/restarted-server-is-found-again",
		Rule: "A client can connect again to a restarted server.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.RestartEndpoint(),
					drivers.WaitFor(equals(Tick{N: 2}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.WaitUntilDisconnectedFrom("server"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{N: 2})),
			}
		},
	},
	{
		Name:  "lifecycle/taken-address-is-refused",
		Rule:  "Serving at the address of a live server is an error that names it, and the server stays reachable.",
		Needs: []engine.Need{engine.RawConnections},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.WaitFor(equals(Tick{N: 1}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ThrowsAs(drivers.Do("serve at its address", func(ctx context.Context, s *drivers.Scope) error {
						return closed(s.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "usurper", Address: server.Address}))
					}), mentions(server.Address)),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
			}
		},
	},
}

// closed closes an endpoint that was opened, or returns the error of opening it.
func closed(ep lahja.EndpointAPI, err error) error {
	if err != nil {
		return err
	}
	return ep.Close()
}

func isNamed(want string) func(lahja.EndpointAPI) error {
	return func(ep lahja.EndpointAPI) error {
		if got := ep.Name(); got != want {
			return fmt.Errorf("its name is %q, want %q", got, want)
		}
		return nil
	}
}

// says expects what an endpoint reports about itself.
func says(runs, serves, done bool) func(lahja.EndpointAPI) error {
	return func(ep lahja.EndpointAPI) error {
		ended := false
		select {
		case <-lahja.Done(ep):
			ended = true
		default:
		}
		for _, c := range []struct {
			what      string
			got, want bool
		}{{"runs", lahja.IsRunning(ep), runs}, {"serves", lahja.IsServing(ep), serves}, {"has ended", ended, done}} {
			if c.got && !c.want {
				return fmt.Errorf("it says that it %s", c.what)
			} else if c.want && !c.got {
				return fmt.Errorf("it does not say that it %s", c.what)
			}
		}
		return nil
	}
}
