package p2p_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestStreamHoldsEventsFromItsCreationOn(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	first := stream[Tick](t, ep)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 1}))
	second := stream[Tick](t, ep)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 2}))
	if a, b := next(t, first), next(t, second); a.Data.N != 1 || b.Data.N != 2 {
		t.Errorf("got %d and %d, want 1 and 2", a.Data.N, b.Data.N)
	}
}

func TestStreamEnds(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	t.Run("by break", func(t *testing.T) {
		s := stream[Tick](t, ep)
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		for range s.All(limited(t)) {
			break
		}
		check(t, s.Err())
		if got := lahja.GetSubscribedEvents(ep); len(got) != 0 {
			t.Errorf("still subscribed to %v", got)
		}
	})
	t.Run("after a number", func(t *testing.T) {
		s := stream[Tick](t, ep)
		for range 3 {
			check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		}
		got := 0
		for range s.Take(limited(t), 2) {
			got++
		}
		check(t, s.Err())
		if got != 2 {
			t.Errorf("got %d events, want 2", got)
		}
	})
	t.Run("by cancellation", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := stream[Tick](t, ep)
		for range 3 {
			check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		}
		got := 0
		for range s.All(ctx) {
			got++
			cancel()
		}
		if is(t, s.Err(), context.Canceled); got != 1 {
			t.Errorf("got %d events, want 1", got)
		}
	})
	t.Run("by its own close", func(t *testing.T) {
		s := stream[Tick](t, ep)
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		s.Close()
		s.Close()
		_, err := s.Next(t.Context())
		is(t, err, lahja.ErrLifecycle)
	})
	t.Run("by the endpoint's close, after what has arrived", func(t *testing.T) {
		other := n.run("b")
		s := stream[Tick](t, other)
		check(t, lahja.Broadcast(t.Context(), other, Tick{N: 5}))
		check(t, other.Close())
		if e := next(t, s); e.Data.N != 5 {
			t.Errorf("got %v, want 5", e)
		}
		_, err := s.Next(t.Context())
		is(t, err, lahja.ErrLifecycle)
	})
}

func TestTwoReadersOfOneStreamGetEveryEvent(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	s := stream[Tick](t, ep)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 250 {
				if _, err := s.Next(limited(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 1000 {
		check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i}))
	}
	readers.Wait()
}

func TestCloseOfASubscriptionIsSafeOnNilAndZero(t *testing.T) {
	var none *lahja.Subscription
	none.Close()
	new(lahja.Subscription).Close()
	new(lahja.Stream[Tick]).Close()
	if _, ok := new(lahja.Subscription).TryNext(); ok {
		t.Error("the zero subscription has an event")
	}
}

func TestSubscriptionWithHandlerHasNoNext(t *testing.T) {
	n := memoryNetwork(t)
	sub, err := lahja.Subscribe(n.run("a"), func(context.Context, lahja.Event[Tick]) error { return nil })
	check(t, err)
	_, err = sub.Next(t.Context())
	is(t, err, lahja.ErrInvalid)
}

func TestUnknownGoTypeCannotBeSubscribedTo(t *testing.T) {
	n := memoryNetwork(t)
	_, err := n.run("a").Subscribe(lahja.TypeNamed("x"), nil, lahja.SubscribeConfig{})
	is(t, err, lahja.ErrInvalid)
}

func TestPeersLearnOfSubscriptionsAndTheirEnd(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		a, b := stream[Tick](t, client), stream[Tick](t, client)
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "client"))
		a.Close()
		known(t, client)
		if !lahja.IsEndpointSubscribedTo[Tick](server, "client") {
			t.Error("the first of two streams ended, and with it the subscription")
		}
		b.Close()
		known(t, client)
		if lahja.IsEndpointSubscribedTo[Tick](server, "client") {
			t.Error("the last stream ended, and the server still knows the subscription")
		}
	})
}

func TestHandlerThatFailsIsReportedAndTheNextEventHandled(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		fail func() error
		want error
		text string
	}{
		"error":        {func() error { return boom }, boom, "boom"},
		"panic":        {func() error { panic("ouch") }, nil, "panic: ouch"},
		"panic(error)": {func() error { panic(boom) }, boom, "subscription_test.go"},
		"Goexit":       {func() error { runtime.Goexit(); return nil }, lahja.ErrHandlerExited, "FailNow"},
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			reports := make(chan lahja.HandlerError, 1)
			n.opts.OnHandlerError = func(failed lahja.HandlerError) { reports <- failed }
			ep := n.run("a")
			handled := make(chan int, 1)
			_, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Tick]) error {
				if e.Data.N == 0 {
					return test.fail()
				}
				handled <- e.Data.N
				return nil
			})
			check(t, err)
			for i := range 2 {
				check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i}))
			}
			failed := <-reports
			if failed.Endpoint != "a" || failed.Event != "test/tick" || failed.Origin != "a" || failed.ID.Sequence != 1 {
				t.Errorf("reported %+v", failed)
			}
			if !strings.Contains(failed.Error(), test.text) || test.want != nil && !errors.Is(failed, test.want) {
				t.Errorf("got %v, want %v with %q", failed, test.want, test.text)
			}
			if got := <-handled; got != 1 {
				t.Errorf("handled %d, want 1", got)
			}
			check(t, ep.Sync(limited(t), "a"))
		})
	}
}

func TestCloseWaitsForTheHandlerAndCancelsItsContext(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	running, ended := make(chan struct{}), false
	sub, err := lahja.Subscribe(ep, func(ctx context.Context, _ lahja.Event[Tick]) error {
		close(running)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	})
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	<-running
	sub.Close()
	if !ended {
		t.Error("Close returned while the handler ran")
	}
}

func TestCloseInsideAHandlerReturns(t *testing.T) {
	ends := map[string]func(t *testing.T, ep *p2p.Endpoint, sub *lahja.Subscription){
		"subscription": func(t *testing.T, _ *p2p.Endpoint, sub *lahja.Subscription) { sub.Close(); sub.Close() },
		"endpoint":     func(t *testing.T, ep *p2p.Endpoint, _ *lahja.Subscription) { check(t, ep.Close()) },
		"shutdown":     func(t *testing.T, ep *p2p.Endpoint, _ *lahja.Subscription) { check(t, ep.Shutdown(limited(t))) },
		"deep in calls": func(t *testing.T, _ *p2p.Endpoint, sub *lahja.Subscription) {
			deep(500, sub.Close)
		},
	}
	for name, end := range ends {
		each(t, func(t *testing.T, n *network) {
			server, client := n.serve("server"), n.run("client")
			done := make(chan struct{})
			var sub *lahja.Subscription
			var err error
			ready := make(chan struct{})
			sub, err = lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
				defer close(done)
				<-ready
				end(t, server, sub)
				return nil
			})
			check(t, err)
			close(ready)
			n.connect(client, "server")
			check(t, lahja.Broadcast(t.Context(), client, Tick{}))
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: closing inside a handler does not return", name)
			}
		})
	}
}

func deep(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	deep(n-1, f)
	runtime.KeepAlive(n)
}

func TestHandlersThatCloseEachOtherDoNotWaitForEachOther(t *testing.T) {
	n := memoryNetwork(t)
	a, b := n.run("a"), n.run("b")
	var subs [2]*lahja.Subscription
	var both, done sync.WaitGroup
	both.Add(2)
	done.Add(2)
	for i, ep := range []*p2p.Endpoint{a, b} {
		var err error
		subs[i], err = lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error {
			defer done.Done()
			both.Done()
			both.Wait()
			subs[1-i].Close()
			return nil
		})
		check(t, err)
	}
	check(t, lahja.Broadcast(t.Context(), a, Tick{}))
	check(t, lahja.Broadcast(t.Context(), b, Tick{}))
	done.Wait()
}

// TestSyncWaitsForAHandlerThatUnsubscribed pins that an event counts as handled
// only when its handler has returned, also when that closed its subscription.
func TestSyncWaitsForAHandlerThatUnsubscribed(t *testing.T) {
	ep := memoryNetwork(t).run("a")
	var sub *lahja.Subscription
	subscribed, closed, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var handled atomic.Bool
	sub, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error {
		<-subscribed
		sub.Close()
		close(closed)
		<-release
		handled.Store(true)
		return nil
	})
	check(t, err)
	close(subscribed)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
	<-closed
	synced := make(chan error, 1)
	go func() { synced <- ep.Sync(t.Context(), "a") }()
	for range 100 {
		runtime.Gosched() // Lets a Sync return that does not wait.
	}
	select {
	case err := <-synced:
		close(release)
		t.Fatalf("Sync returned (%v) while the handler ran", err)
	default:
	}
	close(release)
	if err := <-synced; err != nil || !handled.Load() {
		t.Errorf("got %v, handled %t", err, handled.Load())
	}
}

// TestEventsThatNobodyCountsAreUsedAgain is for the race detector: a handler may be done
// with an event, and another peer's be in its place, before who delivered it goes on.
func TestEventsThatNobodyCountsAreUsedAgain(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error { return nil },
		lahja.SubscribeConfig{WhenFull: lahja.DropOldest})
	check(t, err)
	var all sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		client := n.run(name)
		n.connect(client, "server")
		all.Go(func() {
			for i := range 2000 {
				if err := lahja.Broadcast(t.Context(), client, Tick{N: i}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	check(t, server.Sync(limited(t), "a"))
	check(t, server.Sync(limited(t), "b"))
}
