package scenarios

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Peers: what a snapshot says about each endpoint, and about changes.
func peersTable() []d.Scenario {
	return []d.Scenario{
		d.Case("peers/by-name-and-since-when",
			"An endpoint lists itself and then its peers by name, each with the time of its connection.",
			d.New(d.ServeEndpoint("hub"),
				d.Do("look at the clock", noteTime),
				d.Signal("c may connect"),
				d.WaitUntilConnectedTo("b"),
				d.Do("look at its peers", func(ctx context.Context, s *d.Scope) error {
					now := s.Endpoint().Peers()
					if err := listed(now, "hub", "a", "b", "c"); err != nil {
						return err
					}
					if err := connectedInTurn(now, began.Get(s), "c", "a", "b"); err != nil {
						return err
					}
					return last.Save(ctx, s, now)
				}),
				d.Signal("looked"),
				d.WaitUntilEndpointSubscribedTo[Tick]("late"),
				d.Do("look at its peers again", func(_ context.Context, s *d.Scope) error {
					return connectedAsBefore(last.Get(s), s.Endpoint().Peers())
				})),
			d.New(d.RunEndpoint("c"), d.Await("c may connect"), d.ConnectToEndpoints("hub")),
			d.New(d.RunEndpoint("a"), d.AwaitDriver("c"), d.ConnectToEndpoints("hub")),
			d.New(d.RunEndpoint("b"), d.AwaitDriver("a"), d.ConnectToEndpoints("hub")),
			d.New(d.RunEndpoint("late"),
				d.Stream(ticks),
				d.Await("looked"),
				d.Do("look at the clock", noteTime),
				d.ConnectToEndpoints("hub"),
				d.Do("look at the hub", func(_ context.Context, s *d.Scope) error {
					return connectedInTurn(s.Endpoint().Peers(), began.Get(s), "hub")
				}))),

		d.CaseFunc("peers/how-they-subscribe",
			"For each subscription, an endpoint and its peers know its queue groups, whether it is also outside of groups, its room and the shape of its type.",
			func(*d.Env) []*d.Driver {
				all := map[string]lahja.Interest{
					typeName[Tick](): {Groups: []string{"a", "b"}, Everyone: true, Window: lahja.DefaultQueueBytes, Shape: shape[Tick]()},
					typeName[Tock](): {Groups: []string{"g"}, Window: lahja.DefaultQueueBytes, Shape: shape[Tock]()},
					typeName[Blob](): {Everyone: true, Window: 8 << 10, Shape: shape[Blob]()},
				}
				without := map[string]lahja.Interest{typeName[Tick](): {Groups: []string{"a"}, Everyone: true, Window: lahja.DefaultQueueBytes, Shape: shape[Tick]()}}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Await("connected"),
						subscribesAs("client", all),
						d.Signal("looked"),
						d.AwaitDriver("client"),
						subscribesAs("client", without)),
					d.New(d.RunEndpoint("client"),
						d.SubscribeWith(lahja.SubscribeConfig{Group: "b"}, ignore[Tick], first),
						d.SubscribeWith(lahja.SubscribeConfig{Group: "a"}, ignore[Tick]),
						d.Stream(ticks),
						d.SubscribeWith(lahja.SubscribeConfig{Group: "g"}, ignore[Tock]),
						d.SubscribeWith(lahja.SubscribeConfig{QueueBytes: 16 << 10}, ignore[Blob]),
						d.SubscribeWith(lahja.SubscribeConfig{QueueBytes: 8 << 10}, ignore[Blob]),
						subscribesAs("client", all),
						d.ConnectToEndpoints("server"),
						d.Signal("connected"),
						d.Await("looked"),
						d.Unsubscribe(first),
						subscribesAs("client", without),
						d.WaitUntilSubscriptionsKnown()),
				}
			}),

		d.Case("peers/counts-what-changes",
			"Each number of a snapshot grows only with what it counts: connections, all subscriptions, the endpoint's own, and the version with every change.",
			d.New(d.ServeEndpoint("server"),
				d.Do("look", func(ctx context.Context, s *d.Scope) error {
					now := s.Endpoint().Peers()
					if again := s.Endpoint().Peers(); counts(again) != counts(now) {
						return fmt.Errorf("nothing happened, and %v became %v", counts(now), counts(again))
					}
					return last.Save(ctx, s, now)
				}),
				d.Stream(ticks),
				grown("it subscribed itself", grows{subscriptions: true, own: true}),
				d.Signal("connect"),
				d.Await("connected"),
				d.WaitUntilConnectedTo("client"),
				grown("a peer connected", grows{connections: true, subscriptions: true}),
				d.Signal("subscribe"),
				d.WaitUntilEndpointSubscribedTo[Tock]("client"),
				grown("a peer subscribed", grows{subscriptions: true}),
				d.Signal("disconnect"),
				d.WaitUntilDisconnectedFrom("client"),
				grown("a peer disconnected", grows{connections: true, subscriptions: true})),
			d.New(d.RunEndpoint("client"),
				d.Await("connect"),
				d.ConnectToEndpoints("server"),
				d.Signal("connected"),
				d.Await("subscribe"),
				d.Stream(tocks),
				d.WaitUntilSubscriptionsKnown(),
				d.Await("disconnect"),
				d.CloseEndpoint())),
	}
}

// When a driver looked at the clock, and what it saw when it last looked at its peers.
var (
	began = d.NewSlot[time.Time]("began")
	last  = d.NewSlot[lahja.Snapshot]("last")
)

func noteTime(ctx context.Context, s *d.Scope) error { return began.Save(ctx, s, time.Now()) }

func ignore[T any](context.Context, *d.Scope, lahja.Event[T]) error { return nil }

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
func subscribesAs(name string, want map[string]lahja.Interest) d.Action {
	return d.Do("look how "+name+" subscribes", func(_ context.Context, s *d.Scope) error {
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
func grown(what string, want grows) d.Action {
	return d.Do("look when "+what, func(ctx context.Context, s *d.Scope) error {
		now := s.Endpoint().Peers()
		n, b := counts(now), counts(last.Get(s))
		if n.version <= b.version || (n.connections > b.connections) != want.connections || n.connections < b.connections ||
			want.subscriptions && n.subscriptions <= b.subscriptions || (n.own > b.own) != want.own || n.own < b.own {
			return fmt.Errorf("%s, and %v became %v", what, b, n)
		}
		return last.Save(ctx, s, now)
	})
}
