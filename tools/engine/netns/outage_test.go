package netns_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Ping is a request that expects a Pong.
type Ping struct {
	lahja.Expects[Pong]
	N int
}

// Pong answers a Ping of the same number.
type Pong struct{ N int }

// Held is a request that nobody answers.
type Held struct{ lahja.Expects[Pong] }

// slack is what a busy machine may take beyond a bound.
const slack = time.Second

// outages are scenarios that take the network from the client's host. They mean
// something on a host of its own alone, and so stand here.
var outages = []drivers.Scenario{
	{
		Name:  "outage/is-noticed-in-time",
		Rule:  "A peer whose host has lost its network is noticed within the stated bound, on both sides, and can be connected to afterwards.",
		Needs: []engine.Need{engine.LivenessBound},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return outage(env, drivers.ConnectToEndpoints(env.Config("server")))
		},
	},
	{
		Name:  "outage/ends-with-peers-knowing-each-other",
		Rule:  "Endpoints on a NATS server know each other again by themselves when the network is back.",
		Needs: []engine.Need{engine.LivenessBound},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return outage(env, drivers.WaitUntilConnectedTo("server"))
		},
	},
	{
		Name:  "outage/is-noticed-while-events-are-under-way",
		Rule:  "A peer whose host has lost its network is noticed within the stated bound, also while events are sent to it.",
		Needs: []engine.Need{engine.LivenessBound},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return loses(env, func(cut drivers.Action) drivers.Action {
				return drivers.Sequence(drivers.Background("send", sendOn()), cut)
			})
		},
	},
	{
		Name:  "outage/is-noticed-behind-a-closed-window",
		Rule:  "A peer whose host has lost its network is noticed within the stated bound, also when its process stood still and it had no room for more.",
		Needs: []engine.Need{engine.LivenessBound, engine.ProcessIsolation},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return loses(env, func(cut drivers.Action) drivers.Action {
				return drivers.Paused("client", fill(), cut)
			})
		},
	},
}

// outage is a client that loses its network and, when it has it back, does again.
func outage(env *drivers.Env, again drivers.Action) []*drivers.Driver {
	server := env.Config("server")
	held := drivers.NewSlot[*lahja.Stream[Held]]("held")
	notices := func(who string) drivers.Action {
		return drivers.Within(env.Bound(engine.LivenessBound)+slack, drivers.WaitUntilDisconnectedFrom(who))
	}
	serves := drivers.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N} })
	cut := drivers.Do("unplug", func(ctx context.Context, _ *drivers.Scope) error { return netns.Unplug(ctx) })
	mend := drivers.Do("plug", func(ctx context.Context, _ *drivers.Scope) error { return netns.Plug(ctx) })
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			serves,
			drivers.WaitUntilEndpointSubscribedTo[Held]("client"),
			drivers.Background("ask", drivers.Within(time.Minute,
				drivers.Throws(drivers.Request(Held{}), lahja.ErrRemoteDisconnected))),
			drivers.Checkpoint("asked"),
			drivers.Checkpoint("cut"),
			notices("client"),
			drivers.Join("ask"),
			drivers.Checkpoint("noticed"),
			drivers.Within(time.Minute, drivers.WaitUntilConnectedTo("client")),
			drivers.Checkpoint("again")),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Stream(held),
			drivers.ConnectToEndpoints(server),
			drivers.Checkpoint("asked"),
			drivers.NextFrom(held), // and never answer
			cut,
			drivers.Checkpoint("cut"),
			notices("server"),
			drivers.Checkpoint("noticed"),
			mend,
			drivers.Within(time.Minute, again),
			drivers.Request(Ping{N: 1}).Returns(Pong{N: 1}),
			drivers.Checkpoint("again")),
	}
}

// Blob is an event that takes room, and nobody compresses.
type Blob struct{ Data []byte }

// loses is a server that loses its network while it does something to the client.
func loses(env *drivers.Env, during func(cut drivers.Action) drivers.Action) []*drivers.Driver {
	server := env.Config("server")
	within := env.Bound(engine.LivenessBound) + slack
	cut := drivers.Sequence(
		drivers.Do("unplug", func(ctx context.Context, _ *drivers.Scope) error { return netns.Unplug(ctx) }),
		drivers.Within(within, drivers.WaitUntilDisconnectedFrom("client")),
		drivers.Do("plug", func(ctx context.Context, _ *drivers.Scope) error { return netns.Plug(ctx) }))
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.WaitUntilEndpointSubscribedTo[Blob]("client"),
			drivers.Checkpoint("connected"),
			drivers.Within(time.Minute, during(cut)),
			drivers.Checkpoint("noticed")).WithActionTimeout(time.Minute),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Subscribe(func(context.Context, *drivers.Scope, lahja.Event[Blob]) error { return nil }),
			drivers.ConnectToEndpoints(server),
			drivers.Checkpoint("connected"),
			drivers.WaitUntilDisconnectedFrom("server"),
			drivers.Checkpoint("noticed")).WithActionTimeout(time.Minute),
	}
}

func blob() Blob {
	b := Blob{Data: make([]byte, 16<<10)}
	_, _ = rand.Read(b.Data) // It never fails.
	return b
}

// sendOn broadcasts until nobody is there any more.
func sendOn() drivers.Action {
	return drivers.Do("send on", func(ctx context.Context, s *drivers.Scope) error {
		for {
			err := lahja.Broadcast(ctx, s.Endpoint(), blob())
			if errors.Is(err, lahja.ErrNoSubscribers) || errors.Is(err, lahja.ErrRemoteDisconnected) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// fill broadcasts until there is no room for more.
func fill() drivers.Action {
	return drivers.Do("fill", func(ctx context.Context, s *drivers.Scope) error {
		for {
			waiting, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			err := lahja.Broadcast(waiting, s.Endpoint(), blob())
			cancel()
			if errors.Is(err, lahja.ErrQueueFull) && ctx.Err() == nil {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// quick notices outages before they bore, and stands on the server in the hub.
var quick = &natsengine.Backend{BackendName: "nats-quick", URL: netnstest.ServerURL,
	Options: natsbus.Options{Heartbeat: 200 * time.Millisecond, Liveness: 2 * time.Second}}

func TestHostThatLosesItsNetworkIsNoticedInTime(t *testing.T) {
	for _, c := range []struct {
		scenario drivers.Scenario
		backend  engine.Backend
	}{
		{outages[0], transports.TCP()},
		{outages[0], transports.TLS()},
		{outages[1], quick},
		{outages[2], transports.TCP()},
		{outages[2], transports.TLS()},
		{outages[3], transports.TCP()},
		{outages[3], transports.TLS()},
	} {
		_, name, _ := strings.Cut(c.scenario.Name, "/")
		t.Run(name+"/"+c.backend.Name(), func(t *testing.T) {
			t.Parallel() // It is waiting, for most of its time.
			n := network(t)
			netnstest.StartServer(t, n)
			r := runner.Runner{Engine: subprocess.Engine{Backends: []engine.Backend{c.backend}, Launcher: subprocess.Hosts(n.Hosts())}}
			if report := r.Run(t.Context(), c.scenario); report.Verdict != runner.Passed {
				t.Error(report)
			}
		})
	}
}
