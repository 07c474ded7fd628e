package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Policies: what happens to events for receivers that are too slow.
var policyTable = slices.Concat(policiesTable, policyAloneTable)

// policiesTable checks each policy.
var policiesTable = []drivers.Scenario{
	{
		Name: "policy/subscription-drops-newest",
		Rule: "A subscription that drops the newest keeps the first events that fit, counts and reports the rest, and costs other subscriptions nothing.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return fullSubscription(env, lahja.DropNewest, func(i, kept int) Tick { return tick(i) })
		},
	},
	{
		Name: "policy/subscription-drops-oldest",
		Rule: "A subscription that drops the oldest keeps the last events, counts and reports the rest, and costs other subscriptions nothing.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return fullSubscription(env, lahja.DropOldest, func(i, kept int) Tick {
				if i == 0 {
					return tick(0) // It was taken already.
				}
				return tick(manyTicks - kept + i)
			})
		},
	},
	{
		Name:  "policy/subscription-disconnects",
		Rule:  "A subscription that disconnects ends only the connection of a sender that is too fast, and counts and reports what did not fit.",
		Needs: []engine.Need{engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			narrow := drivers.NewSlot[*lahja.Stream[Tick]]("narrow")
			healthy := drivers.NewSlot[*lahja.Stream[Tick]]("healthy")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Checkpoint("connected"),
					drivers.BroadcastEach(manyTicks, tick),
					drivers.WaitUntilDisconnectedFrom("narrow"),
					drivers.Sync("healthy"),
					drivers.Checkpoint("sent"),
					drivers.Checkpoint("looked")),
				drivers.New(drivers.RunEndpoint("narrow").CountingDrops(),
					drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue, WhenFull: lahja.Disconnect}, narrow),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.WaitUntilDisconnectedFrom("hub"),
					drivers.Drain(narrow, beginsAs(manyTicks, tick)),
					drops(1)),
				drivers.New(drivers.RunEndpoint("healthy"),
					drivers.Stream(healthy),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("sent"),
					drivers.ConnectedEndpointsAre("hub"),
					drivers.Drain(healthy, sequence(manyTicks, tick)),
					drivers.Checkpoint("looked")),
			}
		},
	},
	{
		Name:  "policy/subscription-holds-the-sender-up",
		Rule:  "A full subscription that blocks makes its sender wait, up to the sender's timeout, and loses nothing: waiting events go on as soon as there is room.",
		Needs: []engine.Need{engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			sent := drivers.NewSlot[int]("sent")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *drivers.Scope) error {
						n, err := untilFull(ctx, s.Endpoint())
						if err != nil {
							return err
						}
						return sent.Save(ctx, s, n)
					}),
					drivers.Background("last", drivers.Do("broadcast how many there were", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: -sent.Get(s)})
					})),
					drivers.Checkpoint("held up"),
					drivers.Join("last"),
					drivers.Sync("client"),
					drivers.Checkpoint("sent")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("held up"),
					drivers.CollectFrom(ticks, 1, exactly(tick(0))), // This makes room for the last one, at the latest when the next is taken.
					drivers.Do("take up to the last", func(ctx context.Context, s *drivers.Scope) error {
						return untilLast(ctx, ticks.Get(s))
					}),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, exactly[Tick]())),
			}
		},
	},
	{
		Name:  "policy/peer-drops-newest",
		Rule:  "An endpoint that drops the newest events of a peer that does not read never waits, reports the drops, and costs other peers nothing; the peer gets the first events.",
		Slack: 4,
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return slowPeer(env, lahja.DropNewest, theFirst, drops(1))
		},
	},
	{
		Name:  "policy/peer-drops-oldest",
		Rule:  "An endpoint that drops the oldest events of a peer that does not read never waits, reports the drops, and costs other peers nothing; the peer gets the last events.",
		Slack: 4,
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return slowPeer(env, lahja.DropOldest, theLast, drops(1))
		},
	},
	{
		Name:  "policy/peer-is-disconnected",
		Rule:  "An endpoint that disconnects peers that do not read ends only that connection, and reports the event that caused it.",
		Slack: 4,
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return slowPeer(env, lahja.Disconnect, withoutGap, drivers.WaitUntilDisconnectedFrom("stalled"), drops(1))
		},
	},
	{
		Name:   "policy/circle-of-full-queues-ends",
		Rule:   "Handlers that fill each other's queues in a circle get ErrQueueFull within the bound of a broadcast, and then everything continues.",
		Needs:  []engine.Need{engine.Backpressure},
		Varies: "which side finds the other one full, and after how many events, is a race",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			left := env.Config("left")
			mine, theirs := drivers.NewSlot[[]int]("mine"), drivers.NewSlot[[]int]("theirs")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(left).WithBlockWait(circleWait), slices.Concat(circle("left", "right", mine),
					[]drivers.Action{drivers.Request(Ask{}, func(ctx context.Context, s *drivers.Scope, theirs lahja.Event[Answer]) error {
						if full := fullOf(mine.Get(s)) + theirs.Data.N; full < 1 {
							return errors.New("no broadcast of either handler failed with ErrQueueFull")
						}
						return nil
					}), drivers.Checkpoint("asked")})...),
				drivers.New(drivers.RunEndpoint("right").WithBlockWait(circleWait), slices.Concat(
					[]drivers.Action{
						drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, e lahja.Event[Ask]) error {
							return e.Respond(ctx, Answer{N: fullOf(theirs.Get(s))})
						}),
						drivers.ConnectToEndpoints(left),
					}, circle("right", "left", theirs), []drivers.Action{drivers.Checkpoint("asked")})...),
			}
		},
	},
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

// fullSubscription overruns a subscription with this policy while its handler is blocked, beside one
// that has room. Want returns the ith event that is kept.
func fullSubscription(env *drivers.Env, policy lahja.SlowPolicy, want func(i, kept int) Tick) []*drivers.Driver {
	server := env.Config("server")
	narrow := drivers.NewSlot[*lahja.Subscription]("narrow")
	kept := drivers.NewSlot[[]lahja.Event[Tick]]("kept")
	all := drivers.NewSlot[*lahja.Stream[Tick]]("all")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.Checkpoint("connected"),
			drivers.Broadcast(tick(0)),
			drivers.WaitUntilEndpointSubscribedTo[Release]("client"),
			drivers.BroadcastEach(manyTicks, func(i int) Tick { return tick(1 + i) }),
			drivers.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}}, equals(Pong{N: 1})),
			drivers.Broadcast(Release{}), // All have arrived by then.
			drivers.Sync("client"),
			drivers.Checkpoint("handled")),
		drivers.New(drivers.RunEndpoint("client").CountingDrops(),
			drivers.Stream(all),
			drivers.SubscribeWith(lahja.SubscribeConfig{QueueBytes: narrowQueue, WhenFull: policy}, heldUpAt(tick(0), kept), narrow),
			servesPings(),
			drivers.ConnectToEndpoints(server),
			drivers.Checkpoint("connected"),
			drivers.Checkpoint("handled"),
			drivers.Drain(all, sequence(1+manyTicks, tick)),
			drivers.Gathered(kept, func(ctx context.Context, s *drivers.Scope, events []lahja.Event[Tick]) error {
				n := len(events)
				if err := inSequence(events, n, func(i int) Tick { return want(i, n-1) }); err != nil {
					return err
				}
				return accounted(s, narrow.Get(s).Stats(), n)
			})),
	}
}

// heldUpAt returns a handler that gathers events and, once it has one, waits to be released.
func heldUpAt(at Tick, into *drivers.Slot[[]lahja.Event[Tick]]) drivers.On[lahja.Event[Tick]] {
	return func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
		if e.Data == at {
			if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
				return err
			}
		}
		return drivers.Append(into)(ctx, s, e)
	}
}

// accounted expects every tick to be either handled, or counted and reported.
func accounted(s *drivers.Scope, stats lahja.SubscriptionStats, handled int) error {
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
func drops(least int) drivers.Action {
	return drivers.Do(fmt.Sprintf("observed %d drops or more", least), func(_ context.Context, s *drivers.Scope) error {
		if got := s.Dropped(); got < least {
			return fmt.Errorf("%d drops were observed, want %d at least", got, least)
		}
		return nil
	})
}

// beginsAs expects the first of event(0) to event(n-1), in order, and not all.
func beginsAs[T comparable](n int, event func(i int) T) drivers.On[[]lahja.Event[T]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[T]) error {
		if len(events) == 0 || len(events) >= n {
			return fmt.Errorf("%d events came; want some, and less than %d", len(events), n)
		}
		return inSequence(events, len(events), event)
	}
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
