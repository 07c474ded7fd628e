package scenarios

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Lifecycle: names of endpoints, and restarts.
func lifecycleTable() []d.Scenario {
	return []d.Scenario{
		d.Case("lifecycle/names-are-ascii",
			"An endpoint's name is non-empty ASCII; an endpoint with any other name cannot be opened.",
			d.New(d.RunEndpoint("a name of printable ~ASCII~"),
				d.Throws(opens(""), lahja.ErrInvalid),
				d.Throws(opens("naïve"), lahja.ErrInvalid),
				d.Throws(opens("世界"), lahja.ErrInvalid),
				opens("another"))),

		d.Case("lifecycle/says-whether-it-runs",
			"An endpoint reports whether it runs and whether it serves, and a caller can wait for its end.",
			d.New(d.RunEndpoint("client"),
				d.ExpectEndpointFunc("says nothing but that it runs", says(true, false, false)),
				d.ShutdownEndpoint(),
				d.ExpectEndpointFunc("says that it has ended", says(false, false, true))),
			d.New(d.ServeEndpoint("server"),
				d.ExpectEndpointFunc("says that it runs and serves", says(true, true, false)),
				d.Background("end", d.Do("wait until the end", func(ctx context.Context, s *d.Scope) error {
					return closedBefore(ctx, lahja.Done(s.Endpoint()))
				})),
				d.CloseEndpoint(),
				d.Join("end"),
				d.ExpectEndpointFunc("says that it has ended", says(false, false, true)))),

		d.CaseFunc("lifecycle/ends-after-its-handlers",
			"A closed endpoint keeps its name and no longer runs, and ends when its last handler returns.",
			func(*d.Env) []*d.Driver {
				closed, proceed := make(chan struct{}), make(chan struct{})
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Subscribe(func(_ context.Context, s *d.Scope, _ lahja.Event[Tick]) error {
							err := s.Endpoint().Close()
							close(closed)
							<-proceed
							return err
						}),
						d.ExpectEndpointFunc("keeps its name", isNamed("server")),
						d.Broadcast(Tick{}),
						d.Do("wait until its handler has closed it", until(closed)),
						d.ExpectEndpointFunc("has closed, with a handler that runs", says(false, false, false)),
						d.Do("let the handler go on", closing(proceed)),
						d.CloseEndpoint(), // Unlike the handler, it waits for the end.
						d.ExpectEndpointFunc("says that it has ended", says(false, false, true)),
						d.ExpectEndpointFunc("keeps its name", isNamed("server"))),
				}
			}),

		d.Case("lifecycle/restarted-peer-takes-its-place",
			"A restarted peer connects again under its name, and is served with its new subscriptions.",
			d.New(d.ServeEndpoint("server"),
				d.Await("connected again"),
				d.ConnectedEndpointsAre("client"),
				d.IsEndpointSubscribedTo[Tick]("client"),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tock]("client")),
				d.BroadcastEach(10, tick),
				d.Sync("client")),
			d.New(d.RunEndpoint("client"),
				d.Stream(tocks),
				d.ConnectToEndpoints("server"),
				d.RestartEndpoint(),
				d.Stream(ticks),
				d.ConnectToEndpoints("server"),
				d.Signal("connected again"),
				d.AwaitDriver("server"),
				d.Drain(ticks).InOrder(d.Series(10, tick)...))),

		d.Case("lifecycle/restarted-server-is-found-again", "A client can connect again to a restarted server.",
			d.New(d.ServeEndpoint("server"),
				d.Await("connected"),
				d.RestartEndpoint(),
				d.Receives(Tick{2})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Signal("connected"),
				d.WaitUntilDisconnectedFrom("server"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenBroadcast(Tick{2}))),

		d.CaseFunc("lifecycle/taken-address-is-refused",
			"Serving at the address of a live server is an error that names it, and the server stays reachable.",
			func(env *d.Env) []*d.Driver {
				usurper := lahja.ConnectionConfig{Name: "usurper", Address: env.Config("server").Address}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.Signal("serving"), d.Receives(Tick{1})),
					d.New(d.RunEndpoint("client"),
						d.Await("serving"),
						d.ThrowsAs(d.Do("serve at its address", func(ctx context.Context, s *d.Scope) error {
							return closed(s.ServeEndpoint(ctx, usurper))
						}), mentions(usurper.Address)),
						d.ConnectToEndpoints("server"),
						d.WaitAnyThenBroadcast(Tick{1})),
				}
			}).Needing(engine.RawConnections),
	}
}

// opens opens and closes an endpoint of that name.
func opens(name string) d.Action {
	return d.Do("open "+name, func(ctx context.Context, s *d.Scope) error { return closed(s.RunEndpoint(ctx, name)) })
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
