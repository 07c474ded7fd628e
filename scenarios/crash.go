package scenarios

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Crashes: processes are killed, and others notice.
func crashTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("crash/is-noticed-in-time",
			"If a peer's process is killed, the others notice within the stated bound, and requests to it fail.",
			func(env *d.Env) []*d.Driver {
				within := env.Bound(engine.DeathBound)
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.WaitUntilEndpointSubscribedTo[Ping]("client"),
						d.Background("request", d.Within(2*within, d.Throws(d.Request(Ping{N: 1}), lahja.ErrRemoteDisconnected))),
						d.Await("asked"),
						d.Within(within, d.WaitUntilDisconnectedFrom("client")),
						d.Join("request"),
						d.ConnectedEndpointsAre()),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitFor[Ping](),
						d.Signal("asked"),
						d.Crash()),
				}
			}).Needing(engine.ProcessIsolation, engine.DeathBound),

		d.CaseFunc("crash/of-a-server-is-noticed-in-time", "If a server's process is killed, its client notices within the stated bound.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.Await("connected"), d.Crash()),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.Signal("connected"),
						d.Within(env.Bound(engine.DeathBound), d.WaitUntilDisconnectedFrom("server")),
						d.Do("remove what the dead server left", func(context.Context, *d.Scope) error { return removeAll(env) })),
				}
			}).Needing(engine.ProcessIsolation, engine.DeathBound),

		d.Case("crash/costs-the-others-nothing", "While one of several receivers is killed, the others get every event in order.",
			d.New(d.ServeEndpoint("hub"),
				d.WaitUntilConnectedTo("healthy", "doomed"),
				d.WaitUntilEndpointSubscribedTo[Tick]("doomed"),
				d.BroadcastEach(1000, tick),
				d.Checkpoint("half"), // The other half meets the crash.
				d.BroadcastEach(1000, func(i int) Tick { return Tick{1000 + i} }),
				d.Sync("healthy"),
				d.CloseEndpoint()), // Events that wait for the dead peer are given up.
			d.New(d.RunEndpoint("healthy"),
				d.Stream(ticks),
				d.ConnectToEndpoints("hub"),
				d.AwaitDriver("hub"),
				d.Drain(ticks).InOrder(d.Series(2000, tick)...)),
			d.New(d.RunEndpoint("doomed"),
				d.Stream(ticks), // It subscribes to the end.
				d.ConnectToEndpoints("hub"),
				d.NextFrom(ticks).Equal(Tick{0}),
				d.Checkpoint("half"),
				d.Crash())).
			WithSlack(4).Needing(engine.ProcessIsolation),

		d.CaseFunc("crash/leaves-the-name-free",
			"Another process can take the name and the address of a killed server, and the client can connect to it.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.Await("connected"), d.Crash()),
					d.New(d.NoEndpoint("successor"), d.Await("dead"), d.Do("succeed", serveInItsPlace)),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.Signal("connected"),
						d.Within(2*env.Bound(engine.DeathBound), d.WaitUntilDisconnectedFrom("server")),
						d.Signal("dead"),
						d.ConnectToEndpoints("server"),
						d.WaitAnyThenBroadcast(Tick{})),
				}
			}).Needing(engine.ProcessIsolation, engine.DeathBound, engine.Takeover),
	}
}

// serveInItsPlace serves in the killed server's place until it has received a Tick.
func serveInItsPlace(ctx context.Context, s *d.Scope) error {
	ep, err := s.ServeEndpoint(ctx, s.Config("server"))
	if err != nil {
		return err
	}
	if _, err := lahja.WaitFor[Tick](ctx, ep); err != nil {
		return err
	}
	return lahja.Shutdown(ctx, ep)
}

// removeAll empties the run's private directory, where only a killed server has left files. Another
// rule checks whether a successor could take them over.
func removeAll(env *d.Env) error {
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
