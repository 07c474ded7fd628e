package scenarios

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Crashes: processes are killed, and others notice.
var crashTable = []drivers.Scenario{
	{
		Name:  "crash/is-noticed-in-time",
		Rule:  "If a peer's process is killed, the others notice within the stated bound, and requests to it fail.",
		Needs: []engine.Need{engine.ProcessIsolation, engine.DeathBound},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			within := env.Bound(engine.DeathBound)
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("client"),
					drivers.Background("request", drivers.Within(2*within,
						drivers.Throws(drivers.Request(Ping{N: 1}), lahja.ErrRemoteDisconnected))),
					drivers.Checkpoint("asked"),
					drivers.Within(within, drivers.WaitUntilDisconnectedFrom("client")),
					drivers.Join("request"),
					drivers.ConnectedEndpointsAre()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitFor[Ping](),
					drivers.Checkpoint("asked"),
					drivers.Crash()),
			}
		},
	},
	{
		Name:  "crash/of-a-server-is-noticed-in-time",
		Rule:  "If a server's process is killed, its client notices within the stated bound.",
		Needs: []engine.Need{engine.ProcessIsolation, engine.DeathBound},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Crash()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Within(env.Bound(engine.DeathBound), drivers.WaitUntilDisconnectedFrom("server")),
					drivers.Do("remove what the dead server left", func(context.Context, *drivers.Scope) error { return removeAll(env) })),
			}
		},
	},
	{
		Name:  "crash/costs-the-others-nothing",
		Rule:  "While one of several receivers is killed, the others get every event in order.",
		Slack: 4,
		Needs: []engine.Need{engine.ProcessIsolation},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			healthy := drivers.NewSlot[*lahja.Stream[Tick]]("healthy")
			doomed := drivers.NewSlot[*lahja.Stream[Tick]]("doomed")
			const n = 1000
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.WaitUntilConnectedTo("healthy"),
					drivers.WaitUntilConnectedTo("doomed"),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("doomed"),
					drivers.BroadcastEach(n, tick),
					drivers.Checkpoint("half"), // The other half meets the crash.
					drivers.BroadcastEach(n, func(i int) Tick { return tick(n + i) }),
					drivers.Sync("healthy"),
					drivers.Checkpoint("sent"),
					drivers.CloseEndpoint()), // Events that wait for the dead peer are given up.
				drivers.New(drivers.RunEndpoint("healthy"),
					drivers.Stream(healthy),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("sent"),
					drivers.Drain(healthy, sequence(2*n, tick))),
				drivers.New(drivers.RunEndpoint("doomed"),
					drivers.Stream(doomed), // It subscribes to the end.
					drivers.ConnectToEndpoints(hub),
					drivers.NextFrom(doomed, equals(Tick{N: 0})),
					drivers.Checkpoint("half"),
					drivers.Crash()),
			}
		},
	},
	{
		Name:  "crash/leaves-the-name-free",
		Rule:  "Another process can take the name and the address of a killed server, and the client can connect to it.",
		Needs: []engine.Need{engine.ProcessIsolation, engine.DeathBound, engine.Takeover},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			succeed := func(ctx context.Context, s *drivers.Scope) error {
				ep, err := s.ServeEndpoint(ctx, server)
				if err != nil {
					return err
				}
				if _, err := lahja.WaitFor[Tick](ctx, ep); err != nil {
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
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Within(2*env.Bound(engine.DeathBound), drivers.WaitUntilDisconnectedFrom("server")),
					drivers.Checkpoint("dead"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitAnyThenBroadcast(Tick{})),
			}
		},
	},
}

// removeAll empties the run's private directory, where only a killed server has left files. Another
// rule checks whether a successor could take them over.
func removeAll(env *drivers.Env) error {
	dir, err := env.Dir()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
