package p2p_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// asking is a server whose handler has sent a request and waits for the answer.
func asking(t *testing.T, n *network) (server *p2p.Endpoint, failed <-chan error) {
	server = n.serve("server")
	asked := make(chan error, 1)
	_, err := lahja.Subscribe(server, func(ctx context.Context, _ lahja.Event[Tick]) error {
		_, err := lahja.Request(ctx, server, Ping{})
		asked <- err
		return nil
	})
	check(t, err)
	return server, asked
}

func TestShutdownGoesOnWhenThePeerThatIsToAnswerDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, failed := asking(t, n)
		mute := n.join("server", "mute", subscribes(nameOf[Ping](t), 0))
		check(t, lahja.WaitUntilConnectedTo(limited(t), server, "mute"))
		check(t, lahja.Broadcast(t.Context(), server, Tick{}))
		mute.expect(wire.Event)
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()
		synctest.Wait()
		mute.conn.Close()
		is(t, <-failed, lahja.ErrLifecycle)
		check(t, <-ended)
	})
}

func TestBothShutDownWithARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, failed := asking(t, n)
		client := n.run("client")
		pings := stream[Ping](t, client) // and never answers
		n.connect(client, "server")
		check(t, lahja.Broadcast(t.Context(), client, Tick{}))
		next(t, pings)
		started := time.Now()
		ended := make(chan error, 2)
		for _, ep := range []*p2p.Endpoint{server, client} {
			go func() { ended <- ep.Shutdown(limited(t)) }()
		}
		check(t, <-ended)
		check(t, <-ended)
		if err := <-failed; !errors.Is(err, lahja.ErrLifecycle) && !errors.Is(err, lahja.ErrRemoteDisconnected) {
			t.Errorf("got %v, want that of whoever closed first", err)
		}
		if took := time.Since(started); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestShutdownEndsWithItsContextThoughAHandlerIgnoresIts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		ep := n.run("a")
		release := make(chan struct{})
		_, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error {
			<-release
			return nil
		})
		check(t, err)
		check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
		for _, when := range []string{"first", "again"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			started := time.Now()
			text := is(t, ep.Shutdown(ctx), context.DeadlineExceeded)
			if took := time.Since(started); took != time.Second || !strings.Contains(text, "a: shutdown: handlers") {
				t.Errorf("%s: got %q after %v, want the handlers after a second", when, text, took)
			}
			cancel()
		}
		close(release)
		check(t, ep.Close())
	})
}

func TestPeerIsNotListedAfterTheGoodbyeToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.Connected {
				t.Errorf("%s is listed", o.Peer)
			}
		}
		server := n.serve("server")
		ticks := stream[Tick](t, server)
		late := n.dialRaw("server")
		late.send(helloOf("late", 99).Append(nil))
		m, err := wire.ParseSubscriptions(late.expect(wire.Subscriptions))
		check(t, err)
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(limited(t)) }()
		late.expect(wire.Goodbye)
		// What it sends before it reads the goodbye.
		late.send(wire.SubscriptionsMsg{Number: 1}.Append(nil))
		late.send(wire.NumberMsg{Number: m.Number}.Append(nil, wire.SubscriptionsAck))
		late.send(wire.ReadyMsg{}.Append(nil))
		late.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/tick", Sequence: 1, Payload: []byte{0xa0}}, -1))
		late.send(wire.GoodbyeMsg{}.Append(nil))
		check(t, <-ended)
		next(t, ticks)
	})
}

// Hop is broadcast from handler to handler.
type Hop struct{ Left int }

func (Hop) EventName() string { return "test/hop" }

// hopping is an endpoint with two handlers that give each other events, and whether
// the last of them was handled.
func hopping(t *testing.T, n *network, left int) (ep *p2p.Endpoint, arrived *bool) {
	ep = n.run("a")
	arrived = new(bool)
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Tick]) error {
		return lahja.Broadcast(context.Background(), ep, Hop{Left: e.Data.N})
	})
	check(t, err)
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Hop]) error {
		if *arrived = e.Data.Left == 0; *arrived {
			return nil
		}
		return lahja.Broadcast(context.Background(), ep, Tick{N: e.Data.Left - 1})
	})
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: left}))
	return ep, arrived
}

func TestShutdownWaitsForWhatHandlersGiveEachOther(t *testing.T) {
	for range 20 {
		ep, arrived := hopping(t, memoryNetwork(t), 2)
		check(t, ep.Shutdown(limited(t)))
		if !*arrived {
			t.Fatal("the last event was not handled")
		}
	}
}

func TestShutdownEndsHandlersThatKeepEachOtherBusy(t *testing.T) {
	ep, _ := hopping(t, memoryNetwork(t), -1)
	err := ep.Shutdown(limited(t))
	if err == nil || !strings.Contains(err.Error(), "keeps broadcasting") {
		t.Errorf("got %v, want the handlers that were cut off", err)
	}
}

// The peer sends ten events in the time that one takes.
func TestShutdownIsNotHeldUpByPeersThatGoOnSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, client := n.serve("server"), n.run("client")
		_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
			time.Sleep(10 * time.Millisecond)
			return nil
		})
		check(t, err)
		n.connect(client, "server")
		go func() {
			for lahja.Broadcast(t.Context(), client, Tick{}) == nil {
				time.Sleep(time.Millisecond)
			}
		}()
		time.Sleep(20 * time.Millisecond)
		started := time.Now()
		check(t, server.Shutdown(limited(t)))
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
