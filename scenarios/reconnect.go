package scenarios

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Reconnecting: a client reconnects to a server by itself. No client here calls connect twice.
func reconnectTable() []d.Scenario {
	return []d.Scenario{
		d.Case("reconnect/to-a-restarted-server",
			"A client with Reconnect is connected again to a restarted server, whether the server was closed or shut down.",
			d.New(d.ServeEndpoint("server"),
				d.Await("connected"),
				d.RestartEndpoint(),
				d.WaitUntilConnectedTo("client"),
				d.ShutdownEndpoint(),
				d.RestartEndpoint(),
				d.WaitUntilConnectedTo("client")),
			d.New(d.RunEndpoint("client").WithReconnect(),
				d.ConnectToEndpoints("server"),
				d.Signal("connected"),
				d.AwaitDriver("server"),
				d.WaitUntilConnectedTo("server"))).Needing(engine.Reconnects),

		d.Case("reconnect/restores-subscriptions-first",
			"When a client is reported as connected again, its subscriptions are known: the first event reaches it, and all that follow, in order.",
			d.New(d.ServeEndpoint("server"),
				d.Await("connected"),
				d.Repeat(3,
					d.RestartEndpoint(),
					d.WaitUntilConnectedTo("client"),
					d.IsEndpointSubscribedTo[Tick]("client"),
					d.BroadcastEach(10, tick),
					d.Sync("client"),
					d.Signal("sent"),
					d.Await("seen"))),
			d.New(d.RunEndpoint("client").WithReconnect(),
				d.Stream(ticks),
				d.ConnectToEndpoints("server"),
				d.Signal("connected"),
				d.Repeat(3,
					d.Await("sent"),
					d.Drain(ticks).InOrder(d.Series(10, tick)...),
					d.Signal("seen")))).Needing(engine.Reconnects),

		d.Case("reconnect/answers-again",
			"A pending request fails when its server goes away, and the returned server answers the next one.",
			d.New(d.ServeEndpoint("server"),
				d.WaitFor[Ping](),
				d.RestartEndpoint(),
				d.ServeRequest(func(p lahja.Event[Ping]) Pong { return Pong{N: p.Data.N + 1} })),
			d.New(d.RunEndpoint("client").WithReconnect(),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Throws(d.Request(Ping{N: 1}), lahja.ErrRemoteDisconnected),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Request(Ping{N: 2}).Returns(Pong{N: 3}))).Needing(engine.Reconnects),

		d.CaseFunc("reconnect/to-a-successor",
			"A client with Reconnect finds the successor of a killed server at its address, and gets its events.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.Await("connected"), d.Crash()),
					d.New(d.NoEndpoint("successor"), d.Await("dead"), d.Do("succeed", succeed)),
					d.New(d.RunEndpoint("client").WithReconnect(),
						d.Stream(ticks),
						d.ConnectToEndpoints("server"),
						d.Signal("connected"),
						d.Within(2*env.Bound(engine.DeathBound), d.WaitUntilDisconnectedFrom("server")),
						d.Signal("dead"),
						d.NextFrom(ticks).Equal(Tick{N: 1})),
				}
			}).Needing(engine.Reconnects, engine.ProcessIsolation, engine.DeathBound, engine.Takeover),
	}
}

// succeed serves where the server did, and broadcasts to its client.
func succeed(ctx context.Context, s *d.Scope) error {
	ep, err := s.ServeEndpoint(ctx, s.Config("server"))
	if err != nil {
		return err
	}
	if err := lahja.WaitUntilConnectedTo(ctx, ep, "client"); err != nil {
		return err
	}
	if err := lahja.Broadcast(ctx, ep, Tick{N: 1}); err != nil {
		return err
	}
	return lahja.Shutdown(ctx, ep)
}
