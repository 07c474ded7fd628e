package scenarios

import (
	"context"
	"fmt"
	"maps"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Queue groups: one member receives each event. Members report what they receive to the hub that sent
// it, because only the hub sees all.
func groupsTable() []d.Scenario {
	return []d.Scenario{
		d.Case("groups/one-member-receives",
			"Each event goes to exactly one member of a queue group, in turn, across several endpoints.",
			hub(d.BroadcastEach(60, tick), share{60, map[string]int{"g of a": 20, "g of b": 20, "g of c": 20}}),
			member("a", joins("g")),
			member("b", d.Sequence(joins("g"), joins("g"))),
			member("c", joins("g"))).
			Varying("the group may start with any member"),

		d.Case("groups/beside-others",
			"A subscription outside of a queue group receives every event, whatever the group's members receive.",
			hub(d.Sequence(d.Stream(ticks), d.BroadcastEach(60, tick)),
				share{60, map[string]int{"g of both": 30, "g of member": 30}},
				d.Drain(ticks).InOrder(d.Series(60, tick)...)),
			member("both", d.Sequence(joins("g"), d.Stream(ticks)), d.AwaitDriver("hub"), d.Drain(ticks).InOrder(d.Series(60, tick)...)),
			member("member", joins("g")),
			member("other", d.Stream(ticks), d.AwaitDriver("hub"), d.Drain(ticks).InOrder(d.Series(60, tick)...))),

		d.Case("groups/each-group-receives",
			"Each of two queue groups receives every event, even if an endpoint has members of both.",
			hub(d.BroadcastEach(60, tick),
				share{60, map[string]int{"left of both": 30, "left of one": 30, "right of both": 30, "right of two": 30}}),
			member("both", d.Sequence(joins("left"), joins("right"))),
			member("one", joins("left")),
			member("two", joins("right"))).
			Varying("the group may start with any member"),

		d.Case("groups/sender-takes-part", "If the sending endpoint has a member, it takes its turn.",
			hub(d.Sequence(joins("g"), d.BroadcastEach(60, tick)), share{60, map[string]int{"g of hub": 30, "g of member": 30}}),
			member("member", joins("g"))),

		d.Case("groups/streams-are-members",
			"A stream can be a member of a queue group, along with handlers, and counts as a subscriber.",
			d.New(d.ServeEndpoint("hub"),
				d.Await("connected"),
				d.BroadcastEach(20, tick),
				d.ShutdownEndpoint()),
			member("a", d.StreamWith(lahja.SubscribeConfig{Group: "g"}, ticks),
				d.WaitUntilDisconnectedFrom("hub"), d.Drain(ticks).Matches(gomega.HaveLen(10))),
			member("b", d.StreamWith(lahja.SubscribeConfig{Group: "g"}, ticks),
				d.WaitUntilDisconnectedFrom("hub"), d.Drain(ticks).Matches(gomega.HaveLen(10)))),

		d.Case("groups/member-that-leaves",
			"A member that left its queue group receives nothing more, and the others receive everything.",
			hub(d.BroadcastEach(30, tick), share{30, map[string]int{"g of stays": 30}}),
			member("stays", joins("g")),
			d.New(d.RunEndpoint("leaves"),
				joins("g", leaving),
				d.ConnectToEndpoints("hub"),
				d.Unsubscribe(leaving),
				d.WaitUntilSubscriptionsKnown(),
				d.Signal("connected"))),

		d.Case("groups/named-endpoints", "An event whose filter names endpoints goes only to a member on one of them.",
			hub(d.BroadcastEach(60, tick, only("a", "c")), share{60, map[string]int{"g of a": 30, "g of c": 30}}),
			member("a", joins("g")),
			member("b", joins("g")),
			member("c", joins("g"))),

		d.Case("groups/request-to-one", "One member of a queue group answers a request, another one each time.",
			d.New(d.ServeEndpoint("hub"),
				d.Await("connected"),
				d.Sequence(d.Series(10, func(i int) d.Action { return d.RequestAll(Ping{N: i}).InOrder(Pong{N: i}) })...)),
			member("a", works(), d.AwaitDriver("hub"), d.Gathered(handledPings).Matches(gomega.HaveLen(5))),
			member("b", works(), d.AwaitDriver("hub"), d.Gathered(handledPings).Matches(gomega.HaveLen(5)))),
	}
}

var (
	leaving      = d.NewSlot[*lahja.Subscription]("leaving")
	taken        = d.NewSlot[*lahja.Stream[Taken]]("taken")
	handledPings = d.NewSlot[[]lahja.Event[Ping]]("handled pings")
)

// joins subscribes to ticks as a member of a group, and reports each to the hub.
func joins(group string, into ...*d.Slot[*lahja.Subscription]) d.Action {
	return d.SubscribeWith(lahja.SubscribeConfig{Group: group}, func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
		return lahja.Broadcast(ctx, s.Endpoint(), Taken{N: e.Data.N, Group: group}, only("hub"))
	}, into...)
}

// works answers pings as a member of a group, and keeps them.
func works() d.Action {
	return d.SubscribeWith(lahja.SubscribeConfig{Group: "workers"}, func(ctx context.Context, s *d.Scope, ping lahja.Event[Ping]) error {
		if err := d.Append(handledPings)(ctx, s, ping); err != nil {
			return err
		}
		return ping.Respond(ctx, Pong{N: ping.Data.N})
	})
}

// member is an endpoint that subscribes before it connects.
func member(name string, subscribe d.Action, then ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint(name), append([]d.Action{
		subscribe,
		d.ConnectToEndpoints("hub"),
		d.Signal("connected")}, then...)...)
}

// share is what must become of a hub's events.
type share struct {
	n  int            // events, each once for each group
	by map[string]int // how many, by "group of endpoint"
}

// hub sends when all are connected, and checks what its members have received.
func hub(send d.Action, want share, then ...d.Action) *d.Driver {
	return d.New(d.ServeEndpoint("hub"), append([]d.Action{
		d.Stream(taken),
		d.Await("connected"),
		send,
		d.Sync(),
		d.Drain(taken).Then(want.check)}, then...)...)
}

// check expects each event once for each group, and each member's share.
func (want share) check(_ context.Context, _ *d.Scope, events []lahja.Event[Taken]) error {
	seen, by := map[Taken]bool{}, map[string]int{}
	for _, e := range events {
		if seen[e.Data] || e.Data.N < 0 || e.Data.N >= want.n {
			return fmt.Errorf("%s received event %d for the group %s, which has had it or was not to; want 0 to %d, each once",
				e.Origin(), e.Data.N, e.Data.Group, want.n-1)
		}
		seen[e.Data] = true
		by[e.Data.Group+" of "+e.Origin()]++
	}
	if !maps.Equal(by, want.by) {
		return fmt.Errorf("members received %v, want %v", by, want.by)
	}
	return nil
}
