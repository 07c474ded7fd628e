package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Peers: what a snapshot says about each endpoint, and about changes.
var peersTable = []drivers.Scenario{
	{
		Name: "peers/by-name-and-since-when",
		Rule: "An endpoint lists itself and then its peers by name, each with the time of its connection.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			start := drivers.NewSlot[time.Time]("start")
			first := drivers.NewSlot[lahja.Snapshot]("first")
			client := func(name string, before, after string) *drivers.Driver {
				return drivers.New(drivers.RunEndpoint(name),
					drivers.Checkpoint(before),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint(after),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("done"))
			}
			began := drivers.NewSlot[time.Time]("began")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Do("look at the clock", noteTime(start)),
					drivers.Checkpoint("c may connect"),
					drivers.Checkpoint("all are connected"),
					drivers.WaitUntilConnectedTo("b"),
					drivers.Do("look at its peers", func(ctx context.Context, s *drivers.Scope) error {
						now := s.Endpoint().Peers()
						if err := listed(now, "hub", "a", "b", "c"); err != nil {
							return err
						}
						if err := connectedInTurn(now, start.Get(s), "c", "a", "b"); err != nil {
							return err
						}
						return first.Save(ctx, s, now)
					}),
					drivers.Checkpoint("looked"),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("late"),
					drivers.Do("look at its peers again", func(_ context.Context, s *drivers.Scope) error {
						return connectedAsBefore(first.Get(s), s.Endpoint().Peers())
					}),
					drivers.Checkpoint("done")),
				client("c", "c may connect", "a may connect"),
				client("a", "a may connect", "b may connect"),
				client("b", "b may connect", "all are connected"),
				drivers.New(drivers.RunEndpoint("late"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Checkpoint("looked"),
					drivers.Do("look at the clock", noteTime(began)),
					drivers.ConnectToEndpoints(hub),
					drivers.Do("look at the hub", func(_ context.Context, s *drivers.Scope) error {
						return connectedInTurn(s.Endpoint().Peers(), began.Get(s), "hub")
					}),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "peers/how-they-subscribe",
		Rule: "For each subscription, an endpoint and its peers know its queue groups, whether it is also outside of groups, its room and the shape of its type.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			leaves := drivers.NewSlot[*lahja.Subscription]("leaves")
			all := map[string]lahja.Interest{
				typeName[Tick](): {Groups: []string{"a", "b"}, Everyone: true, Window: lahja.DefaultQueueBytes, Shape: shape[Tick]()},
				typeName[Tock](): {Groups: []string{"g"}, Window: lahja.DefaultQueueBytes, Shape: shape[Tock]()},
				typeName[Blob](): {Everyone: true, Window: 8 << 10, Shape: shape[Blob]()},
			}
			without := map[string]lahja.Interest{typeName[Tick](): {Groups: []string{"a"}, Everyone: true, Window: lahja.DefaultQueueBytes, Shape: shape[Tick]()}}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					subscribesAs("client", all),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("one has left"),
					subscribesAs("client", without),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.SubscribeWith(lahja.SubscribeConfig{Group: "b"}, ignore[Tick], leaves),
					drivers.SubscribeWith(lahja.SubscribeConfig{Group: "a"}, ignore[Tick]),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.SubscribeWith(lahja.SubscribeConfig{Group: "g"}, ignore[Tock]),
					drivers.SubscribeWith(lahja.SubscribeConfig{QueueBytes: 16 << 10}, ignore[Blob]),
					drivers.SubscribeWith(lahja.SubscribeConfig{QueueBytes: 8 << 10}, ignore[Blob]),
					subscribesAs("client", all),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("looked"),
					drivers.Unsubscribe(leaves),
					subscribesAs("client", without),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("one has left"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "peers/counts-what-changes",
		Rule: "Each number of a snapshot grows only with what it counts: connections, all subscriptions, the endpoint's own, and the version with every change.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			last := drivers.NewSlot[lahja.Snapshot]("last")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Do("look", func(ctx context.Context, s *drivers.Scope) error {
						now := s.Endpoint().Peers()
						if again := s.Endpoint().Peers(); counts(again) != counts(now) {
							return fmt.Errorf("nothing happened, and %v became %v", counts(now), counts(again))
						}
						return last.Save(ctx, s, now)
					}),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("own")),
					grown(last, "it subscribed itself", grows{subscriptions: true, own: true}),
					drivers.Checkpoint("connect"),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("connected"),
					grown(last, "a peer connected", grows{connections: true, subscriptions: true}),
					drivers.Checkpoint("subscribe"),
					drivers.WaitUntilEndpointSubscribedTo[Tock]("client"),
					grown(last, "a peer subscribed", grows{subscriptions: true}),
					drivers.Checkpoint("disconnect"),
					drivers.WaitUntilDisconnectedFrom("client"),
					grown(last, "a peer disconnected", grows{connections: true, subscriptions: true})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("connect"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("subscribe"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("disconnect"),
					drivers.CloseEndpoint()),
			}
		},
	},
}

func noteTime(into *drivers.Slot[time.Time]) func(context.Context, *drivers.Scope) error {
	return func(ctx context.Context, s *drivers.Scope) error { return into.Save(ctx, s, time.Now()) }
}

func ignore[T any](context.Context, *drivers.Scope, lahja.Event[T]) error { return nil }

// listed expects these endpoints in this order.
func listed(s lahja.Snapshot, want ...string) error {
	var names []string
	for _, p := range s.Peers {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, want) {
		return fmt.Errorf("it lists %v, want %v", names, want)
	}
	return nil
}

// connectedInTurn expects these peers to have connected after start, in this order.
func connectedInTurn(s lahja.Snapshot, start time.Time, names ...string) error {
	earliest, now := start, time.Now()
	for _, name := range names {
		p, ok := s.Peer(name)
		if !ok || p.Since.Before(earliest) || p.Since.After(now) {
			return fmt.Errorf("%s is connected since %v (listed: %v); want a time from %v to %v", name, p.Since, ok, earliest, now)
		}
		earliest = p.Since
	}
	if self := s.Peers[0]; self.Since.IsZero() || self.Since.After(earliest) {
		return fmt.Errorf("%s says of itself that it runs since %v; want a time before %v", self.Name, self.Since, earliest)
	}
	return nil
}

// connectedAsBefore expects all previously listed peers to be connected since the same time.
func connectedAsBefore(before, now lahja.Snapshot) error {
	for _, p := range before.Peers {
		if same, ok := now.Peer(p.Name); !ok || !same.Since.Equal(p.Since) {
			return fmt.Errorf("%s was connected since %v, and is now since %v (listed: %v)", p.Name, p.Since, same.Since, ok)
		}
	}
	return nil
}

// subscribesAs expects the named endpoint to subscribe to these types in this way. Without
// engine.Backpressure, the implementation decides whether there is a window.
func subscribesAs(name string, want map[string]lahja.Interest) drivers.Action {
	return drivers.Do("look how "+name+" subscribes", func(_ context.Context, s *drivers.Scope) error {
		p, _ := s.Endpoint().Peers().Peer(name)
		for event, want := range want {
			got, subscribes := p.Subscriptions[event]
			if got.Window == 0 && !s.Engine().Capabilities().Has(engine.Backpressure) {
				want.Window = 0
			}
			if !subscribes || got.Shape != want.Shape || got.Window != want.Window || got.Everyone != want.Everyone || !slices.Equal(got.Groups, want.Groups) {
				return fmt.Errorf("%s subscribes to %s as %+v (listed: %v), want %+v", name, event, got, subscribes, want)
			}
		}
		return nil
	})
}

// shape returns the shape of T.
func shape[T any]() uint64 {
	t, err := lahja.TypeOf[T]()
	if err != nil {
		panic(err)
	}
	return t.Shape
}

// numbers holds the numbers of a snapshot.
type numbers struct{ version, connections, subscriptions, own uint64 }

func counts(s lahja.Snapshot) numbers {
	return numbers{s.Version, s.Connections, s.Subscriptions, s.Own}
}

func (n numbers) String() string {
	return fmt.Sprintf("version %d, connections %d, subscriptions %d, own %d", n.version, n.connections, n.subscriptions, n.own)
}

// grows says which numbers grow with a change. The version grows with every change.
type grows struct{ connections, subscriptions, own bool }

// grown expects these numbers to have grown since the last snapshot. Subscriptions may grow more
// often: a peer may announce them again.
func grown(last *drivers.Slot[lahja.Snapshot], what string, want grows) drivers.Action {
	return drivers.Do("look when "+what, func(ctx context.Context, s *drivers.Scope) error {
		now := s.Endpoint().Peers()
		n, b := counts(now), counts(last.Get(s))
		if n.version <= b.version || (n.connections > b.connections) != want.connections || n.connections < b.connections ||
			want.subscriptions && n.subscriptions <= b.subscriptions || (n.own > b.own) != want.own || n.own < b.own {
			return fmt.Errorf("%s, and %v became %v", what, b, n)
		}
		return last.Save(ctx, s, now)
	})
}
