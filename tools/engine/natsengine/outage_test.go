package natsengine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/runner"
)

type (
	// Tick is one of many.
	Tick struct{ N int }
	// Ask is a request that expects an Answer of the same number.
	Ask struct {
		lahja.Expects[Answer]
		N int
	}
	// Answer answers an Ask.
	Answer struct{ N int }
	// Answered says which of its requests an endpoint has an answer to.
	Answered struct{ All []int }
)

// What happens in an outage: a third before, a third while the server is being
// stopped, a third after.
const (
	third    = 1000
	asks     = 20
	askBound = 250 * time.Millisecond // a request in an outage is given up then
)

// outages are scenarios in which servers stop.
var outages = []drivers.Scenario{
	{
		Name:    "outage/cluster-loses-a-server",
		Rule:    "When a cluster loses a server, what was answered stays answered, every gap is reported with its count, and peers know each other again.",
		Needs:   []engine.Need{natsengine.Outages},
		Drivers: func(env *drivers.Env) []*drivers.Driver { return outage(env, drivers.Sequence()) },
	},
	{
		Name:  "outage/server-restarts",
		Rule:  "When the server restarts, what was answered stays answered, every gap is reported with its count, and peers know each other again.",
		Needs: []engine.Need{natsengine.Outages},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return outage(env, servers("restart", natsengine.Servers.RestartServers))
		},
	},
}

// servers is what a driver does to the servers.
func servers(what string, do func(s natsengine.Servers, ctx context.Context) error) drivers.Action {
	return drivers.Do(what, func(ctx context.Context, s *drivers.Scope) error {
		all, err := natsengine.ServersOf(s.Engine())
		if err != nil {
			return err
		}
		return do(all, ctx)
	})
}

// outage has a client send and ask while the server of the hub is stopped; then
// comes mend.
func outage(env *drivers.Env, mend drivers.Action) []*drivers.Driver {
	hub := env.Config("hub")
	ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
	asked := drivers.NewSlot[[]lahja.Event[Ask]]("asked")
	answered := drivers.NewSlot[[]int]("answered")
	stop := servers("stop", func(s natsengine.Servers, ctx context.Context) error { return s.StopServerOf(ctx, "hub") })
	batch := func(from int) drivers.Action {
		return drivers.BroadcastEach(third, func(i int) Tick { return Tick{N: from + i} })
	}
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(hub),
			drivers.Stream(ticks),
			drivers.Subscribe(remembered(asked)),
			drivers.Checkpoint("connected"),
			drivers.Checkpoint("stop"),
			drivers.WaitFor[Answered]().Then(func(_ context.Context, s *drivers.Scope, e lahja.Event[Answered]) error {
				return handledOnce(asked.Get(s), e.Data.All)
			}),
			drivers.WaitUntilConnectedTo("client"),
			again("client"),
			drivers.Drain(ticks).Then(addsUp(3*third)),
			drivers.Checkpoint("done")),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.ConnectToEndpoints(hub),
			drivers.WaitUntilEndpointSubscribedTo[Tick]("hub"),
			drivers.WaitUntilEndpointSubscribedTo[Ask]("hub"),
			drivers.Checkpoint("connected"),
			ask(0, answered),
			batch(0),
			drivers.Checkpoint("stop"),
			drivers.Within(time.Minute, ask(asks, answered)),
			batch(third),
			drivers.Checkpoint("stopped"),
			drivers.Within(time.Minute, batch(2*third)),
			again("hub"),
			ask(2*asks, answered),
			drivers.WaitUntilEndpointSubscribedTo[Answered]("hub"),
			drivers.Do("tell", func(ctx context.Context, s *drivers.Scope) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Answered{All: answered.Get(s)})
			}),
			again("hub"),
			drivers.Checkpoint("done")),
		drivers.New(drivers.NoEndpoint("breaker"),
			drivers.Checkpoint("connected"),
			drivers.Checkpoint("stop"),
			drivers.Within(time.Minute, stop),
			mend,
			drivers.Checkpoint("stopped")),
	}
}

// remembered answers, and keeps what was asked.
func remembered(asked *drivers.Slot[[]lahja.Event[Ask]]) drivers.On[lahja.Event[Ask]] {
	keep := drivers.Append(asked)
	return func(ctx context.Context, s *drivers.Scope, e lahja.Event[Ask]) error {
		if err := keep(ctx, s, e); err != nil {
			return err
		}
		err := e.Respond(ctx, Answer{N: e.Data.N})
		if errors.Is(err, lahja.ErrRemoteDisconnected) {
			return nil // Who asked is given up for the moment, and will do without.
		}
		return err
	}
}

// ask asks several times, from number first on, and keeps the numbers that were
// answered. In an outage not every one is.
func ask(first int, answered *drivers.Slot[[]int]) drivers.Action {
	return drivers.Do(fmt.Sprint("ask from ", first), func(ctx context.Context, s *drivers.Scope) error {
		all, err := answered.Load(s)
		if first > 0 && err != nil {
			return err
		}
		for n := first; n < first+asks; n++ {
			short, cancel := context.WithTimeout(ctx, askBound)
			got, err := lahja.Request(short, s.Endpoint(), Ask{N: n})
			cancel()
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err == nil && got.Data.N != n:
				return fmt.Errorf("the answer to %d is %d", n, got.Data.N)
			case err == nil:
				all = append(all, n)
			}
		}
		return answered.Save(ctx, s, all)
	})
}

// again waits until a peer is known again and has handled what it was sent, or what
// is lost of that is reported. A sync may itself be lost in an outage.
func again(peer string) drivers.Action {
	return drivers.Within(time.Minute, drivers.Do("sync again with "+peer, func(ctx context.Context, s *drivers.Scope) error {
		for {
			if err := lahja.WaitUntilConnectedTo(ctx, s.Endpoint(), peer); err != nil {
				return err
			}
			short, cancel := context.WithTimeout(ctx, askBound)
			err := s.Endpoint().Sync(short, peer)
			cancel()
			if err == nil || ctx.Err() != nil {
				return err
			}
		}
	}))
}

// addsUp expects ticks in order, and every one that is missing to be reported.
func addsUp(sent int) drivers.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, s *drivers.Scope, got []lahja.Event[Tick]) error {
		for i := 1; i < len(got); i++ {
			if got[i].Data.N <= got[i-1].Data.N {
				return fmt.Errorf("tick %d came after tick %d, want them in order", got[i].Data.N, got[i-1].Data.N)
			}
		}
		tick, err := lahja.TypeOf[Tick]()
		if err != nil {
			return err
		}
		lost := s.Endpoint().(*natsbus.Endpoint).Stats().Events[tick.Name]
		if len(got)+int(lost) != sent {
			return fmt.Errorf("%d ticks came and %d were reported lost, want %d together", len(got), lost, sent)
		}
		return s.Result("lost", lost)
	}
}

// handledOnce expects every request that was answered to have been handled, once,
// and those outside the outage to be among them.
func handledOnce(asked []lahja.Event[Ask], answered []int) error {
	handled := map[int]int{}
	for _, e := range asked {
		handled[e.Data.N]++
	}
	for _, n := range answered {
		if handled[n] != 1 {
			return fmt.Errorf("request %d was answered, and handled %d times", n, handled[n])
		}
	}
	for n := range 3 * asks {
		if (n < asks || n >= 2*asks) && !slices.Contains(answered, n) {
			return fmt.Errorf("request %d was not answered, and there was no outage", n)
		}
	}
	return nil
}

// cluster and single are backends whose servers can be stopped.
var (
	cluster = &natsengine.Backend{BackendName: "nats-cluster", Servers: 3, Outages: true}
	single  = &natsengine.Backend{BackendName: "nats-restarted", Outages: true}
)

func both(b engine.Backend) []engine.Engine {
	return []engine.Engine{engine.OnGoroutines(b), subprocess.On(b)}
}

func TestClusterLosesAServerWhileAScenarioRuns(t *testing.T) {
	runner.TestWith(t, runner.Runner{Exclusive: true}, outages[:1], both(cluster)...)
}

func TestServerRestartsWhileAScenarioRuns(t *testing.T) {
	runner.TestWith(t, runner.Runner{Exclusive: true}, outages[1:], both(single)...)
}
