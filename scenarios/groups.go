package scenarios

import (
	"context"
	"fmt"
	"maps"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Queue groups: one member receives each event. Members report what they receive to the hub that sent
// it, because only the hub sees all.
var groupsTable = []drivers.Scenario{
	{
		Name:   "groups/one-member-receives",
		Rule:   "Each event goes to exactly one member of a queue group, in turn, across several endpoints.",
		Varies: "the group may start with any member",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 60
			return []*drivers.Driver{
				hub(env, drivers.BroadcastEach(n, tick), shares(n, map[string]int{"g of a": n / 3, "g of b": n / 3, "g of c": n / 3})),
				member(env, "a", joins("g")),
				member(env, "b", drivers.Sequence(joins("g"), joins("g"))),
				member(env, "c", joins("g")),
			}
		},
	},
	{
		Name: "groups/beside-others",
		Rule: "A subscription outside of a queue group receives every event, whatever the group's members receive.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 60
			own, both, other := streamOf("own"), streamOf("both"), streamOf("other")
			return []*drivers.Driver{
				hub(env, drivers.Sequence(drivers.Stream(own), drivers.BroadcastEach(n, tick)),
					shares(n, map[string]int{"g of both": n / 2, "g of member": n / 2}),
					drivers.Drain(own, sequence(n, tick))),
				member(env, "both", drivers.Sequence(joins("g"), drivers.Stream(both)), drivers.Drain(both, sequence(n, tick))),
				member(env, "member", joins("g")),
				member(env, "other", drivers.Stream(other), drivers.Drain(other, sequence(n, tick))),
			}
		},
	},
	{
		Name:   "groups/each-group-receives",
		Rule:   "Each of two queue groups receives every event, even if an endpoint has members of both.",
		Varies: "the group may start with any member",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 60
			return []*drivers.Driver{
				hub(env, drivers.BroadcastEach(n, tick), shares(n, map[string]int{
					"left of both": n / 2, "left of one": n / 2, "right of both": n / 2, "right of two": n / 2})),
				member(env, "both", drivers.Sequence(joins("left"), joins("right"))),
				member(env, "one", joins("left")),
				member(env, "two", joins("right")),
			}
		},
	},
	{
		Name: "groups/sender-takes-part",
		Rule: "If the sending endpoint has a member, it takes its turn.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 60
			return []*drivers.Driver{
				hub(env, drivers.Sequence(joins("g"), drivers.BroadcastEach(n, tick)),
					shares(n, map[string]int{"g of hub": n / 2, "g of member": n / 2})),
				member(env, "member", joins("g")),
			}
		},
	},
	{
		Name: "groups/streams-are-members",
		Rule: "A stream can be a member of a queue group, along with handlers, and counts as a subscriber.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 20
			group := lahja.SubscribeConfig{Group: "g"}
			a, b := streamOf("a"), streamOf("b")
			taken := func(from *drivers.Slot[*lahja.Stream[Tick]]) drivers.Action {
				return drivers.Drain(from, func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Tick]) error {
					if len(events) != n/2 {
						return fmt.Errorf("%d of %d events came to one of two members, want %d", len(events), n, n/2)
					}
					return nil
				})
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("hub")),
					drivers.Checkpoint("connected"),
					drivers.BroadcastEach(n, tick),
					drivers.Sync(),
					drivers.Checkpoint("done")),
				member(env, "a", drivers.StreamWith(group, a), taken(a)),
				member(env, "b", drivers.StreamWith(group, b), taken(b)),
			}
		},
	},
	{
		Name: "groups/member-that-leaves",
		Rule: "A member that left its queue group receives nothing more, and the others receive everything.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 30
			leaves := drivers.NewSlot[*lahja.Subscription]("leaves")
			return []*drivers.Driver{
				hub(env, drivers.Sequence(
					drivers.Checkpoint("left"),
					drivers.BroadcastEach(n, tick)),
					shares(n, map[string]int{"g of stays": n})),
				member(env, "stays", joins("g")),
				drivers.New(drivers.RunEndpoint("leaves"),
					joins("g", leaves),
					drivers.ConnectToEndpoints(env.Config("hub")),
					drivers.Checkpoint("connected"),
					drivers.Unsubscribe(leaves),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("left"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "groups/named-endpoints",
		Rule: "An event whose filter names endpoints goes only to a member on one of them.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 60
			return []*drivers.Driver{
				hub(env, drivers.BroadcastEach(n, tick, lahja.BroadcastConfig{FilterEndpoints: []string{"a", "c"}}),
					shares(n, map[string]int{"g of a": n / 2, "g of c": n / 2})),
				member(env, "a", joins("g")),
				member(env, "b", joins("g")),
				member(env, "c", joins("g")),
			}
		},
	},
	{
		Name: "groups/request-to-one",
		Rule: "One member of a queue group answers a request, another one each time.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			const n = 10
			worker := func(name string) *drivers.Driver {
				pings := drivers.NewSlot[[]lahja.Event[Ping]]("pings")
				return drivers.New(drivers.RunEndpoint(name),
					drivers.SubscribeWith(lahja.SubscribeConfig{Group: "workers"},
						func(ctx context.Context, s *drivers.Scope, ping lahja.Event[Ping]) error {
							if err := drivers.Append(pings)(ctx, s, ping); err != nil {
								return err
							}
							return ping.Respond(ctx, Pong{N: ping.Data.N})
						}),
					drivers.ConnectToEndpoints(env.Config("hub")),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("done"),
					drivers.Gathered(pings, func(_ context.Context, _ *drivers.Scope, all []lahja.Event[Ping]) error {
						if len(all) != n/2 {
							return fmt.Errorf("%d requests came to %s, want %d of %d", len(all), name, n/2, n)
						}
						return nil
					}))
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("hub")),
					drivers.Checkpoint("connected"),
					drivers.Sequence(each(n, func(i int) drivers.Action { return drivers.RequestAll(Ping{N: i}, exactly(Pong{N: i})) })...),
					drivers.Checkpoint("done")),
				worker("a"), worker("b"),
			}
		},
	},
}

func streamOf(name string) *drivers.Slot[*lahja.Stream[Tick]] {
	return drivers.NewSlot[*lahja.Stream[Tick]](name)
}

// joins subscribes to ticks as a member of a group, and reports each to the hub.
func joins(group string, into ...*drivers.Slot[*lahja.Subscription]) drivers.Action {
	return drivers.SubscribeWith(lahja.SubscribeConfig{Group: group},
		func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
			return lahja.Broadcast(ctx, s.Endpoint(), Taken{N: e.Data.N, Group: group}, lahja.BroadcastConfig{FilterEndpoints: []string{"hub"}})
		}, into...)
}

// member is an endpoint that subscribes before it connects.
func member(env *drivers.Env, name string, subscribe drivers.Action, then ...drivers.Action) *drivers.Driver {
	return drivers.New(drivers.RunEndpoint(name), append([]drivers.Action{
		subscribe,
		drivers.ConnectToEndpoints(env.Config("hub")),
		drivers.Checkpoint("connected"),
		drivers.Checkpoint("done")}, then...)...)
}

// share is what must become of a hub's events.
type share struct {
	n  int            // events, each once for each group
	by map[string]int // how many, by "group of endpoint"
}

func shares(n int, by map[string]int) share { return share{n, by} }

// hub sends when all are connected, and checks what its members have received.
func hub(env *drivers.Env, send drivers.Action, want share, then ...drivers.Action) *drivers.Driver {
	taken := drivers.NewSlot[*lahja.Stream[Taken]]("taken")
	return drivers.New(drivers.ServeEndpoint(env.Config("hub")), append([]drivers.Action{
		drivers.Stream(taken),
		drivers.Checkpoint("connected"),
		send,
		drivers.Sync(),
		drivers.Drain(taken, want.check),
		drivers.Checkpoint("done")}, then...)...)
}

// check expects each event once for each group, and each member's share.
func (want share) check(_ context.Context, _ *drivers.Scope, events []lahja.Event[Taken]) error {
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
