package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// policiesTable checks each policy.
func policiesTable() []d.Scenario {
	return []d.Scenario{
		d.Case("policy/subscription-drops-newest",
			"A subscription that drops the newest keeps the first events that fit, counts and reports the rest, and costs other subscriptions nothing.",
			fullSubscription(lahja.DropNewest, func(i, kept int) Tick { return tick(i) })...),

		d.Case("policy/subscription-drops-oldest",
			"A subscription that drops the oldest keeps the last events, counts and reports the rest, and costs other subscriptions nothing.",
			fullSubscription(lahja.DropOldest, func(i, kept int) Tick {
				if i == 0 {
					return tick(0) // It was taken already.
				}
				return tick(manyTicks - kept + i)
			})...),

		d.Case("policy/subscription-disconnects",
			"A subscription that disconnects ends only the connection of a sender that is too fast, and counts and reports what did not fit.",
			d.New(d.ServeEndpoint("hub"),
				d.Await("connected"),
				d.BroadcastEach(manyTicks, tick),
				d.WaitUntilDisconnectedFrom("narrow"),
				d.Sync("healthy")),
			d.New(d.RunEndpoint("narrow").CountingDrops(),
				d.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue, WhenFull: lahja.Disconnect}, ticks),
				d.ConnectToEndpoints("hub"),
				d.Signal("connected"),
				d.WaitUntilDisconnectedFrom("hub"),
				d.Drain(ticks).Then(firstOf(manyTicks)),
				drops(1)),
			d.New(d.RunEndpoint("healthy"),
				d.Stream(ticks),
				d.ConnectToEndpoints("hub"),
				d.Signal("connected"),
				d.AwaitDriver("hub"),
				d.ConnectedEndpointsAre("hub"),
				d.Drain(ticks).InOrder(d.Series(manyTicks, tick)...))).Needing(engine.Backpressure),

		d.Case("policy/subscription-holds-the-sender-up",
			"A full subscription that blocks makes its sender wait, up to the sender's timeout, and loses nothing: waiting events go on as soon as there is room.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilConnectedTo("client"),
				d.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *d.Scope) error {
					n, err := untilFull(ctx, s.Endpoint())
					if err != nil {
						return err
					}
					return sent.Save(ctx, s, n)
				}),
				d.Background("last", d.Do("broadcast how many there were", func(ctx context.Context, s *d.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: -sent.Get(s)})
				})),
				d.Signal("held up"),
				d.Join("last"),
				d.Sync("client")),
			d.New(d.RunEndpoint("client"),
				d.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks),
				d.ConnectToEndpoints("server"),
				d.Await("held up"),
				d.NextFrom(ticks).Equal(tick(0)), // This makes room for the last one, at the latest when the next is taken.
				d.Do("take up to the last", func(ctx context.Context, s *d.Scope) error { return untilLast(ctx, ticks.Get(s)) }),
				d.AwaitDriver("server"),
				d.Drain(ticks).InOrder())).Needing(engine.Backpressure),

		d.CaseFunc("policy/peer-drops-newest",
			"An endpoint that drops the newest events of a peer that does not read never waits, reports the drops, and costs other peers nothing; the peer gets the first events.",
			func(env *d.Env) []*d.Driver { return slowPeer(env, lahja.DropNewest, theFirst, drops(1)) }).
			WithSlack(4).Needing(engine.RawConnections, engine.Backpressure),

		d.CaseFunc("policy/peer-drops-oldest",
			"An endpoint that drops the oldest events of a peer that does not read never waits, reports the drops, and costs other peers nothing; the peer gets the last events.",
			func(env *d.Env) []*d.Driver { return slowPeer(env, lahja.DropOldest, theLast, drops(1)) }).
			WithSlack(4).Needing(engine.RawConnections, engine.Backpressure),

		d.CaseFunc("policy/peer-is-disconnected",
			"An endpoint that disconnects peers that do not read ends only that connection, and reports the event that caused it.",
			func(env *d.Env) []*d.Driver {
				return slowPeer(env, lahja.Disconnect, withoutGap, d.WaitUntilDisconnectedFrom("stalled"), drops(1))
			}).WithSlack(4).Needing(engine.RawConnections, engine.Backpressure),

		d.Case("policy/circle-of-full-queues-ends",
			"Handlers that fill each other's queues in a circle get ErrQueueFull within the bound of a broadcast, and then everything continues.",
			d.New(d.ServeEndpoint("left").WithBlockWait(circleWait), append(circle("left", "right"),
				d.Request(Ask{}).Then(func(_ context.Context, s *d.Scope, theirs lahja.Event[Answer]) error {
					if full := fullOf(floods.Get(s)) + theirs.Data.N; full < 1 {
						return errors.New("no broadcast of either handler failed with ErrQueueFull")
					}
					return nil
				}))...),
			d.New(d.RunEndpoint("right").WithBlockWait(circleWait), append([]d.Action{
				d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Ask]) (Answer, error) {
					return Answer{N: fullOf(floods.Get(s))}, nil
				}),
				d.ConnectToEndpoints("left"),
			}, circle("right", "left")...)...),
		).Needing(engine.Backpressure).Varying("which side finds the other one full, and after how many events, is a race"),
	}
}

const (
	// circleWait is the bound of a broadcast in a circle: short, but long enough for both handlers to be
	// in it.
	circleWait = 500 * time.Millisecond
	// manyTicks are far more than there is room for in narrowQueue.
	manyTicks   = 200
	narrowQueue = 4 << 10
	// manyBlobs of 64 KiB are three times what a peer's queue has room for, or a socket.
	manyBlobs = 200
)

// narrow is a subscription with little room, kept what its handler got, and sent how many events there
// were.
var (
	narrow = d.NewSlot[*lahja.Subscription]("narrow")
	kept   = d.NewSlot[[]lahja.Event[Tick]]("kept")
	sent   = d.NewSlot[int]("sent")
)

// fullSubscription overruns a subscription with this policy while its handler is blocked, beside one
// that has room. Want returns the ith event that is kept.
func fullSubscription(policy lahja.SlowPolicy, want func(i, kept int) Tick) []*d.Driver {
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.WaitUntilConnectedTo("client"),
			d.Broadcast(tick(0)),
			d.WaitUntilEndpointSubscribedTo[Release]("client"),
			d.BroadcastEach(manyTicks, func(i int) Tick { return tick(1 + i) }),
			d.RequestWith(Ping{N: 1}, only("client")).Returns(Pong{N: 1}),
			d.Broadcast(Release{}), // All have arrived by then.
			d.Sync("client")),
		d.New(d.RunEndpoint("client").CountingDrops(),
			d.Stream(ticks),
			d.SubscribeWith(lahja.SubscribeConfig{QueueBytes: narrowQueue, WhenFull: policy}, heldUpAt(tick(0), kept), narrow),
			servesPings(),
			d.ConnectToEndpoints("server"),
			d.AwaitDriver("server"),
			d.Drain(ticks).InOrder(d.Series(1+manyTicks, tick)...),
			d.Gathered(kept).Then(func(_ context.Context, s *d.Scope, events []lahja.Event[Tick]) error {
				n := len(events)
				if err := areTicks(events, func(i int) Tick { return want(i, n-1) }); err != nil {
					return err
				}
				return accounted(s, narrow.Get(s).Stats(), n)
			})),
	}
}

// heldUpAt returns a handler that gathers events and, once it has one, waits to be released.
func heldUpAt(at Tick, into *d.Slot[[]lahja.Event[Tick]]) d.On[lahja.Event[Tick]] {
	return func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
		if e.Data == at {
			if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
				return err
			}
		}
		return d.Append(into)(ctx, s, e)
	}
}

// accounted expects every tick to be either handled, or counted and reported.
func accounted(s *d.Scope, stats lahja.SubscriptionStats, handled int) error {
	dropped := 1 + manyTicks - handled
	if handled < 2 || dropped < 1 {
		return fmt.Errorf("%d events were handled; want some to find room, and some none", handled)
	}
	if stats.Taken != uint64(handled) || stats.Dropped != uint64(dropped) || s.Dropped() != dropped {
		return fmt.Errorf("%d events were handled of %d; the subscription counts %d taken and %d dropped, and %d drops were observed",
			handled, 1+manyTicks, stats.Taken, stats.Dropped, s.Dropped())
	}
	return nil
}

// drops expects the driver's endpoint to have observed at least this many drops.
func drops(least int) d.Action {
	return d.Do(fmt.Sprintf("observed %d drops or more", least), func(_ context.Context, s *d.Scope) error {
		if got := s.Dropped(); got < least {
			return fmt.Errorf("%d drops were observed, want %d at least", got, least)
		}
		return nil
	})
}

// firstOf expects the first of n ticks, in order, and not all.
func firstOf(n int) d.On[[]lahja.Event[Tick]] {
	return func(_ context.Context, _ *d.Scope, events []lahja.Event[Tick]) error {
		if len(events) == 0 || len(events) >= n {
			return fmt.Errorf("%d events came; want some, and less than %d", len(events), n)
		}
		return areTicks(events, tick)
	}
}

// areTicks expects the ith event to be that tick.
func areTicks(events []lahja.Event[Tick], want func(i int) Tick) error {
	for i, e := range events {
		if e.Data != want(i) {
			return fmt.Errorf("event %d of %d is %v, want %v", i, len(events), e, want(i))
		}
	}
	return nil
}

// untilFull broadcasts ticks from 0 on until one waits in vain, and returns how many were sent.
func untilFull(ctx context.Context, ep lahja.EndpointAPI) (int, error) {
	for n := 0; n < manyTicks; {
		sent, full, err := sentWithin(ctx, 100*time.Millisecond, ep, tick(n))
		if full || err != nil {
			return n, err
		}
		if sent {
			n++
		}
	}
	return 0, fmt.Errorf("%d broadcasts to a subscription with room for %d bytes waited for nothing", manyTicks, narrowQueue)
}

// untilLast takes ticks from 1 on, up to the one that says how many there were.
func untilLast(ctx context.Context, ticks *lahja.Stream[Tick]) error {
	for n := 1; ; n++ {
		e, err := ticks.Next(ctx)
		switch {
		case err != nil:
			return err
		case e.Data.N == -n:
			return nil
		case e.Data != tick(n):
			return fmt.Errorf("%v came after %d events in order", e, n)
		}
	}
}
