package scenarios

import (
	"context"
	"fmt"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Order: one sender's events arrive at one subscription once each, in the order sent.
func orderTable() []d.Scenario {
	return []d.Scenario{
		d.Case("order/one-sender", "Every subscription, handler or stream, gets one sender's events once each, in the order sent.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(others),
				d.Subscribe(d.Append(handled)),
				d.Signal("listening"),
				d.AwaitDriver("client"),
				d.Drain(ticks).InOrder(d.Series(2000, tick)...),
				d.Drain(others).InOrder(d.Series(2000, tick)...),
				d.Gathered(handled).InOrder(d.Series(2000, tick)...)),
			d.New(d.RunEndpoint("client"),
				d.Await("listening"),
				d.ConnectToEndpoints("server"),
				d.BroadcastEach(2000, tick),
				d.Sync("server"))).
			WithSlack(4),

		d.Case("order/several-senders", "Each sender's events arrive once each and in that sender's order, however senders mix.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Await("sent"),
				d.Drain(ticks).BySender(map[string][]Tick{"a": d.Series(500, tick), "b": d.Series(500, tick), "c": d.Series(500, tick)})),
			sends("a"), sends("b"), sends("c")).
			WithSlack(4),

		d.Case("order/both-directions-at-once",
			"Two endpoints that broadcast to each other at the same time lose nothing and keep the order in both directions.",
			d.New(d.ServeEndpoint("server"), d.Stream(ticks), talks("server", "client")),
			d.New(d.RunEndpoint("client"), d.Stream(ticks), d.ConnectToEndpoints("server"), talks("client", "server"))).
			WithSlack(4),

		d.Case("order/several-types", "Each type's subscription keeps the order when several types mix on one connection.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(tocks),
				d.AwaitDriver("client"),
				d.Drain(ticks).InOrder(d.Series(300, tick)...),
				d.Drain(tocks).InOrder(d.Series(300, tock)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tock](),
				d.Parallel(d.BroadcastEach(300, tick), d.BroadcastEach(300, tock)),
				d.Sync("server"),
				d.ShutdownEndpoint())).
			WithSlack(4),

		d.Case("order/across-senders",
			"A receiver of two events, of which one caused the other, gets the cause first, whoever sent them.",
			d.New(d.ServeEndpoint("cause"),
				d.Await("connected"),
				d.WaitUntilEndpointSubscribedTo[Tick]("witness"),
				d.BroadcastEach(200, func(i int) Tick { return Tick{2 * i} }),
				d.Sync("effect")),
			d.New(d.ServeEndpoint("effect"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Tick{e.Data.N + 1}, only("witness"))
				}),
				d.ConnectToEndpoints("cause"),
				d.WaitUntilEndpointSubscribedTo[Tick]("witness"),
				d.Signal("connected"),
				d.AwaitDriver("cause"),
				d.Sync("witness")),
			d.New(d.RunEndpoint("witness"),
				d.Stream(ticks),
				d.ConnectToEndpoints("cause", "effect"),
				d.AwaitDriver("effect"),
				d.Drain(ticks).Then(eachAfterItsCause(200)))).
			Needing(engine.OrderAcrossSenders),
	}
}

var others = d.NewSlot[*lahja.Stream[Tick]]("others")

func sends(name string) *d.Driver {
	return d.New(d.RunEndpoint(name),
		d.ConnectToEndpoints("server"),
		d.WaitUntilAnyEndpointSubscribedTo[Tick](),
		d.BroadcastEach(500, tick),
		d.Sync("server"),
		d.Signal("sent"))
}

// talks broadcasts while another endpoint does so too, and expects the events of both.
func talks(self, other string) d.Action {
	return d.Sequence(
		d.WaitUntilConnectedTo(other),
		d.WaitUntilAllEndpointsSubscribedTo[Tick](true),
		d.Checkpoint("connected"),
		d.BroadcastEach(1000, tick),
		d.Sync(other),
		d.Checkpoint("sent"),
		d.Drain(ticks).BySender(map[string][]Tick{self: d.Series(1000, tick), other: d.Series(1000, tick)}))
}

// eachAfterItsCause expects n pairs of events, with the odd one after the even one.
func eachAfterItsCause(n int) d.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, s *d.Scope, events []lahja.Event[Tick]) error {
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
