package core_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/observetest"
)

// credit is a connection that is never short of it.
type credit struct{}

func (credit) Taken(int, int) {}
func (credit) End(error) bool { return true }

// sentTicks is how many events each way brings, with the sequences from 1 on.
const sentTicks = 3

// arrival returns the i-th tick from a peer.
func arrival(t *testing.T, i int, groups []string, headers lahja.Headers) *core.Incoming {
	t.Helper()
	described, err := lahja.TypeOf[Tick]()
	check(t, err)
	encoder, _ := newBus(t)
	out, err := encoder.Prepare(t.Context(), Tick{N: i}, lahja.BroadcastConfig{AllowNoSubscribers: true})
	check(t, err)
	payload, err := out.Encode()
	check(t, err)
	return &core.Incoming{Type: described.Name, Shape: described.Shape, Origin: "peer", ID: lahja.EventID{Instance: 7, Sequence: uint64(i)},
		Groups: groups, Headers: headers, Payload: payload, Flow: credit{}}
}

// ways are how events reach a subscription.
var ways = map[string]func(t *testing.T, b *bus, group []string){
	"shortcut": func(t *testing.T, b *bus, groups []string) {
		var box core.Inbox
		box.Init(b.Core, nil, func() {})
		for i := 1; i <= sentTicks; i++ {
			in := arrival(t, i, groups, nil)
			if box.TakesShortcut(in.Payload) {
				check(t, box.DeliverShortcut(in.ID.Sequence, in.Payload))
			} else {
				check(t, box.Deliver(in))
			}
		}
		box.Flush()
	},
	"with headers": func(t *testing.T, b *bus, groups []string) {
		var box core.Inbox
		box.Init(b.Core, nil, func() {})
		for i := 1; i <= sentTicks; i++ {
			check(t, box.Deliver(arrival(t, i, groups, lahja.Headers{"k": "v"})))
		}
		box.Flush()
	},
	"called by the reader": func(t *testing.T, b *bus, groups []string) {
		var box core.Inbox
		box.Init(b.Core, nil, func() {})
		for i := 1; i <= sentTicks; i++ {
			check(t, box.Deliver(arrival(t, i, groups, nil)))
			reads := make(chan struct{})
			go func() { // A handler may exit.
				defer close(reads)
				box.FlushAndCall(keeps{})
			}()
			<-reads
		}
	},
	"one by one": func(t *testing.T, b *bus, groups []string) {
		for i := 1; i <= sentTicks; i++ {
			in := arrival(t, i, groups, nil)
			in.Flow = nil
			check(t, b.Deliver(*in))
		}
	},
	"local": func(t *testing.T, b *bus, _ []string) {
		for i := 1; i <= sentTicks; i++ {
			check(t, lahja.Broadcast(t.Context(), b, Tick{N: i}))
		}
	},
}

var errHandler = errors.New("no")

func handles(err error) func(*testing.T, *bus, lahja.SubscribeConfig) {
	return func(t *testing.T, b *bus, config lahja.SubscribeConfig) {
		t.Helper()
		_, err := lahja.Subscribe(b, func(context.Context, lahja.Event[Tick]) error { return err }, config)
		check(t, err)
	}
}

// subscriptions are who gets the events, and what is then seen of each.
var subscriptions = map[string]struct {
	config    lahja.SubscribeConfig
	subscribe func(*testing.T, *bus, lahja.SubscribeConfig)
	kinds     []lahja.ObservationKind // for the first event, and for the later ones if later is nil
	later     []lahja.ObservationKind
	err       error
}{
	"handler":       {subscribe: handles(nil), kinds: []lahja.ObservationKind{lahja.EventHandled}},
	"borrow":        {subscribe: handles(nil), config: lahja.SubscribeConfig{Borrow: true}, kinds: []lahja.ObservationKind{lahja.EventHandled}},
	"fails":         {subscribe: handles(errHandler), kinds: []lahja.ObservationKind{lahja.EventHandled}, err: errHandler},
	"fails, borrow": {subscribe: handles(errHandler), config: lahja.SubscribeConfig{Borrow: true}, kinds: []lahja.ObservationKind{lahja.EventHandled}, err: errHandler},
	"panics": {subscribe: func(t *testing.T, b *bus, config lahja.SubscribeConfig) {
		_, err := lahja.Subscribe(b, func(context.Context, lahja.Event[Tick]) error { panic(errHandler) }, config)
		check(t, err)
	}, kinds: []lahja.ObservationKind{lahja.EventHandled}, err: errHandler},
	"exits": {subscribe: func(t *testing.T, b *bus, config lahja.SubscribeConfig) {
		_, err := lahja.Subscribe(b, func(context.Context, lahja.Event[Tick]) error { runtime.Goexit(); return nil }, config)
		check(t, err)
	}, kinds: []lahja.ObservationKind{lahja.EventHandled}, err: lahja.ErrHandlerExited},
	"untyped": {subscribe: func(t *testing.T, b *bus, config lahja.SubscribeConfig) {
		described, err := lahja.TypeOf[Tick]()
		check(t, err)
		_, err = b.Subscribe(described, func(context.Context, lahja.Received) error { return errHandler }, config)
		check(t, err)
	}, kinds: []lahja.ObservationKind{lahja.EventHandled}, err: errHandler},
	"group": {subscribe: handles(nil), config: lahja.SubscribeConfig{Group: "g"}, kinds: []lahja.ObservationKind{lahja.EventHandled}},
	"two handlers": {subscribe: func(t *testing.T, b *bus, config lahja.SubscribeConfig) {
		handles(nil)(t, b, config)
		handles(nil)(t, b, config)
	}, kinds: []lahja.ObservationKind{lahja.EventHandled, lahja.EventHandled}},
	"stream": {subscribe: streams, kinds: []lahja.ObservationKind{lahja.EventTaken}},
	"full stream": {subscribe: streams, config: lahja.SubscribeConfig{WhenFull: lahja.DropNewest, QueueBytes: 1},
		kinds: []lahja.ObservationKind{lahja.EventTaken}, later: []lahja.ObservationKind{lahja.EventDropped}, err: lahja.ErrQueueFull},
}

// streams has a stream, from which the events are taken once the handlers have had time to.
func streams(t *testing.T, b *bus, config lahja.SubscribeConfig) {
	t.Helper()
	b.taking = stream[Tick](t, b, config)
}

// TestEveryWayIsObservedAlike compares fast paths with the others.
func TestEveryWayIsObservedAlike(t *testing.T) {
	for way, send := range ways {
		for name, s := range subscriptions {
			t.Run(way+"/"+name, func(t *testing.T) {
				var seen observetest.Story
				b := newObservedBus(t, seen.See)
				s.subscribe(t, b, s.config)
				began := time.Now()
				var groups []string
				if s.config.Group != "" {
					groups = []string{s.config.Group}
				}
				send(t, b, groups)
				check(t, b.Core.Sync(limited(t)))
				if b.taking != nil {
					numbersIn(b.taking)
				}
				for i := uint64(1); i <= sentTicks; i++ {
					kinds := s.kinds
					if i > 1 && s.later != nil {
						kinds = s.later
					}
					wantSeen(t, seen.Where(func(o lahja.Observation) bool { return o.ID.Sequence == i }), way == "local", kinds, s.err, began)
				}
			})
		}
	}
}

// wantSeen wants an event to be sent if it is local, received, and then what kinds say.
func wantSeen(t *testing.T, seen []lahja.Observation, local bool, kinds []lahja.ObservationKind, err error, began time.Time) {
	t.Helper()
	want, peer := append([]lahja.ObservationKind{lahja.EventReceived}, kinds...), "peer"
	if local {
		want, peer = append([]lahja.ObservationKind{lahja.EventSent}, want...), "self"
	}
	// The sending is observed once the event is queued.
	slices.SortStableFunc(seen, func(a, b lahja.Observation) int { return cmp.Or(a.Time.Compare(b.Time), int(a.Kind-b.Kind)) })
	var got []lahja.ObservationKind
	before := began
	for _, o := range seen {
		got = append(got, o.Kind)
		failed := o.Kind == lahja.EventDropped || o.Kind == lahja.EventHandled
		if o.Endpoint != "self" || o.Peer != peer || o.Event != "test/tick" || o.Outgoing != (o.Kind == lahja.EventSent) ||
			failed && !errors.Is(o.Err, err) || !failed && o.Err != nil || o.Time.Before(before) || o.Time.After(time.Now()) ||
			o.Took > time.Since(began) || (o.Took > 0) != (o.Kind == lahja.EventHandled) {
			t.Errorf("got %+v after %v, from %s, want the error %v", o, before, peer, err)
		}
		before = o.Time
	}
	if !slices.Equal(got, want) {
		t.Errorf("saw %v, want %v", got, want)
	}
}

func TestTheClockIsReadOnceForWhatArrivesTogether(t *testing.T) {
	var seen observetest.Story
	b := newObservedBus(t, seen.See)
	streams(t, b, lahja.SubscribeConfig{})
	var box core.Inbox
	box.Init(b.Core, nil, func() {})
	for i := 1; i <= 4; i++ {
		check(t, box.Deliver(arrival(t, i, nil, nil)))
		if i%2 == 0 {
			box.Flush()
		}
	}
	at := func(i uint64) time.Time { return seen.Event(lahja.EventID{Instance: 7, Sequence: i})[0].Time }
	if !at(1).Equal(at(2)) || !at(2).Before(at(3)) || !at(3).Equal(at(4)) {
		t.Errorf("two pairs arrived at %v, %v and %v, %v; want one time for each pair", at(1), at(2), at(3), at(4))
	}
}

func TestObserverSeesOwnSubscriptions(t *testing.T) {
	var seen observetest.Story
	b := newObservedBus(t, seen.See)
	s := stream[Tick](t, b)
	handles(nil)(t, b, lahja.SubscribeConfig{})
	s.Close()
	s.Close()
	check(t, b.Close())
	shape := seen.All()[0].Shape
	var got []string
	for _, o := range seen.All() {
		got = append(got, fmt.Sprint(o.Kind, " ", o.Event, o.Peer))
		if o.Shape != shape || shape == 0 {
			t.Errorf("%v has the shape %x, want %x", o.Kind, o.Shape, shape)
		}
	}
	if want := []string{"subscription started test/tick", "subscription started test/tick", "subscription ended test/tick", "subscription ended test/tick"}; !slices.Equal(got, want) {
		t.Errorf("saw %q, want %q", got, want)
	}
}

func TestObserverSeesWhatPeersAnnounce(t *testing.T) {
	var seen observetest.Story
	b := newObservedBus(t, seen.See)
	peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 7, Subscriptions: map[string]lahja.Interest{"b": {Shape: 2}, "a": {Shape: 1}}})
	peer.SetSubscriptions(map[string]lahja.Interest{"c": {}})
	peer.Remove(errHandler)
	for i, want := range []struct {
		kind  lahja.ObservationKind
		types []lahja.EventType
		err   error
	}{
		{lahja.Connected, []lahja.EventType{{Name: "a", Shape: 1}, {Name: "b", Shape: 2}}, nil},
		{lahja.SubscriptionsUpdated, []lahja.EventType{{Name: "c"}}, nil},
		{lahja.Disconnected, nil, errHandler},
	} {
		o := seen.All()[i]
		if o.Kind != want.kind || o.Peer != "peer" || o.PeerInstance != 7 || !slices.Equal(o.Types, want.types) || o.Err != want.err {
			t.Errorf("saw %+v, want %+v", o, want)
		}
	}
}

// By its Time a change comes before whatever others do once they see it, though the observer may learn of it after that.
func TestChangesAreObservedAtTheTimeWhenTheyAreSeen(t *testing.T) {
	var seen observetest.Story
	b := newObservedBus(t, seen.See)
	saw := make(chan time.Time)
	for range 2_000 {
		peer := b.AddPeer(core.RemoteConfig{Name: "peer", Instance: 7, Link: b})
		go func() {
			saw <- time.Time{}
			for b.Link("peer") != nil {
			}
			saw <- time.Now()
		}()
		<-saw
		peer.Remove(nil)
		at, all := <-saw, seen.All()
		if o := all[len(all)-1]; o.Kind != lahja.Disconnected || o.Time.After(at) {
			t.Fatalf("%v is at %v, and was seen %v before", o.Kind, o.Time, o.Time.Sub(at))
		}
		seen = observetest.Story{}
	}
}
