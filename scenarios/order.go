package scenarios

import (
	"context"
	"fmt"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Order: one sender's events arrive at one subscription once each, in the order sent.
var orderTable = []drivers.Scenario{
	{
		Name:  "order/one-sender",
		Rule:  "Every subscription, handler or stream, gets one sender's events once each, in the order sent.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			a := drivers.NewSlot[*lahja.Stream[Tick]]("a")
			b := drivers.NewSlot[*lahja.Stream[Tick]]("b")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			const n = 2000
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(a),
					drivers.Stream(b),
					drivers.Subscribe(drivers.Append(handled)),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(a, sequence(n, tick)),
					drivers.Drain(b, sequence(n, tick)),
					drivers.Gathered(handled, sequence(n, tick))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name:  "order/several-senders",
		Rule:  "Each sender's events arrive once each and in that sender's order, however senders mix.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			const n = 500
			all := []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks,
						sequenceFrom("a", n, tick), sequenceFrom("b", n, tick), sequenceFrom("c", n, tick))),
			}
			for _, name := range []string{"a", "b", "c"} {
				all = append(all, drivers.New(drivers.RunEndpoint(name),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")))
			}
			return all
		},
	},
	{
		Name:  "order/both-directions-at-once",
		Rule:  "Two endpoints that broadcast to each other at the same time lose nothing and keep the order in both directions.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			const n = 1000
			talk := func(self, other string, before ...drivers.Action) []drivers.Action {
				ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
				return append(append([]drivers.Action{drivers.Stream(ticks)}, before...),
					drivers.WaitUntilConnectedTo(other),
					drivers.WaitUntilAllEndpointsSubscribedTo[Tick](true),
					drivers.Checkpoint("connected"),
					drivers.BroadcastEach(n, tick),
					drivers.Sync(other),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequenceFrom(other, n, tick), sequenceFrom(self, n, tick)))
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), talk("server", "client")...),
				drivers.New(drivers.RunEndpoint("client"), talk("client", "server", drivers.ConnectToEndpoints(server))...),
			}
		},
	},
	{
		Name:  "order/several-types",
		Rule:  "Each type's subscription keeps the order when several types mix on one connection.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			tocks := drivers.NewSlot[*lahja.Stream[Tock]]("tocks")
			const n = 300
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Stream(tocks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(n, tick)),
					drivers.Drain(tocks, sequence(n, tock))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Parallel(drivers.BroadcastEach(n, tick), drivers.BroadcastEach(n, tock)),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name:  "order/across-senders",
		Rule:  "A receiver of two events, of which one caused the other, gets the cause first, whoever sent them.",
		Needs: []engine.Need{engine.OrderAcrossSenders},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			cause, effect := env.Config("cause"), env.Config("effect")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			const n = 200
			onward := lahja.BroadcastConfig{FilterEndpoints: []string{"witness"}}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(cause),
					drivers.Checkpoint("connected"),
					drivers.BroadcastEach(n, func(i int) Tick { return Tick{N: 2 * i} }),
					drivers.Sync("effect"),
					drivers.Checkpoint("caused"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(effect),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
						return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: e.Data.N + 1}, onward)
					}),
					drivers.ConnectToEndpoints(cause),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("witness"),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("caused"),
					drivers.Sync("witness"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("witness"),
					drivers.Stream(ticks),
					drivers.ConnectToEndpoints(cause, effect),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("caused"),
					drivers.Checkpoint("done"),
					drivers.Drain(ticks, eachAfterItsCause(n))),
			}
		},
	},
}

// eachAfterItsCause expects n pairs of events, with the odd one after the even one.
func eachAfterItsCause(n int) drivers.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, s *drivers.Scope, events []lahja.Event[Tick]) error {
		seen := map[int]bool{}
		for _, e := range events {
			if caused := e.Data.N%2 == 1; caused && !seen[e.Data.N-1] {
				return fmt.Errorf("event %d of %s came before event %d of cause, because of which it was broadcast",
					e.Data.N, e.Origin(), e.Data.N-1)
			}
			seen[e.Data.N] = true
		}
		s.Expect(seen).To(gomega.HaveLen(2 * n))
		return nil
	}
}
