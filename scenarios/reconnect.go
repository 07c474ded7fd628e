package scenarios

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Reconnecting: a client reconnects to a server by itself. No client here calls connect twice.
var reconnectTable = []drivers.Scenario{
	{
		Name:  "reconnect/to-a-restarted-server",
		Rule:  "A client with Reconnect is connected again to a restarted server, whether the server was closed or shut down.",
		Needs: []engine.Need{engine.Reconnects},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.RestartEndpoint(),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("connected again"),
					drivers.ShutdownEndpoint(),
					drivers.RestartEndpoint(),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("and again"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client").WithReconnect(),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("connected again"),
					drivers.Checkpoint("and again"),
					drivers.WaitUntilConnectedTo("server"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:  "reconnect/restores-subscriptions-first",
		Rule:  "When a client is reported as connected again, its subscriptions are known: the first event reaches it, and all that follow, in order.",
		Needs: []engine.Need{engine.Reconnects},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Repeat(3,
						drivers.RestartEndpoint(),
						drivers.WaitUntilConnectedTo("client"),
						drivers.IsEndpointSubscribedTo[Tick]("client"),
						drivers.BroadcastEach(10, tick),
						drivers.Sync("client"),
						drivers.Checkpoint("sent"),
						drivers.Checkpoint("seen"))),
				drivers.New(drivers.RunEndpoint("client").WithReconnect(),
					drivers.Stream(ticks),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Repeat(3,
						drivers.Checkpoint("sent"),
						drivers.Drain(ticks, sequence(10, tick)),
						drivers.Checkpoint("seen"))),
			}
		},
	},
	{
		Name:  "reconnect/answers-again",
		Rule:  "A pending request fails when its server goes away, and the returned server answers the next one.",
		Needs: []engine.Need{engine.Reconnects},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitFor[Ping](),
					drivers.RestartEndpoint(),
					drivers.ServeRequest(func(p lahja.Event[Ping]) Pong { return Pong{N: p.Data.N + 1} })),
				drivers.New(drivers.RunEndpoint("client").WithReconnect(),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.Throws(drivers.Request(Ping{N: 1}), lahja.ErrRemoteDisconnected),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.Request(Ping{N: 2}, equals(Pong{N: 3}))),
			}
		},
	},
	{
		Name:  "reconnect/to-a-successor",
		Rule:  "A client with Reconnect finds the successor of a killed server at its address, and gets its events.",
		Needs: []engine.Need{engine.Reconnects, engine.ProcessIsolation, engine.DeathBound, engine.Takeover},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			succeed := func(ctx context.Context, s *drivers.Scope) error {
				ep, err := s.ServeEndpoint(ctx, server)
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
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Crash()),
				drivers.New(drivers.NoEndpoint("successor"),
					drivers.Checkpoint("dead"),
					drivers.Do("succeed", succeed)),
				drivers.New(drivers.RunEndpoint("client").WithReconnect(),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Within(2*env.Bound(engine.DeathBound), drivers.WaitUntilDisconnectedFrom("server")),
					drivers.Background("tick", drivers.WaitFor(equals(Tick{N: 1}))),
					drivers.Checkpoint("dead"),
					drivers.Join("tick")),
			}
		},
	},
}
