package p2p_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// blob is an event of 100 KiB that does not compress.
func blob() Blob { return Blob{Bytes: make([]byte, 100<<10)} }

// stopped is a network with a server, a client that works and one that has
// stopped reading; both subscribe to blobs.
func stopped(t *testing.T, n *network) (server *p2p.Endpoint, blobs *lahja.Stream[Blob], mute *raw) {
	n.opts.CompressAbove = -1
	n.opts.QueueBytes = cmp.Or(n.opts.QueueBytes, 1<<20)
	server = n.serve("server")
	client := n.run("client")
	blobs = stream[Blob](t, client)
	n.connect(client, "server")
	mute = n.join("server", "mute", subscribes("test/blob", 0))
	check(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), server, "mute"))
	return server, blobs, mute
}

// fill broadcasts until the stopped peer's queue, and no other, is full. It
// returns how often that went well and how it ended.
func fill(t *testing.T, server *p2p.Endpoint) (sent int, err error) {
	for {
		check(t, server.Sync(limited(t), "client"))
		if err = lahja.BroadcastNowait(server, blob()); err != nil {
			return sent, err
		}
		sent++
	}
}

func TestNowaitMeetsAFullQueue(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, blobs, _ := stopped(t, n)
		sent, err := fill(t, server)
		text := is(t, err, lahja.ErrQueueFull)
		if !strings.Contains(text, "not queued for mute") || !strings.Contains(text, "it was for client") {
			t.Errorf("got %q, want it to name the endpoints that have the event", text)
		}
		for range sent + 1 {
			next(t, blobs)
		}
	})
}

func TestStoppedPeerDelaysNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, blobs, mute := stopped(t, n)
		for fills := 1; !waits(t, server, blobs); fills++ {
			if fills == mostFills {
				t.Fatal("no broadcast waited for the stopped one")
			}
		}

		// A request and its answer pass the full queue of the one that stopped.
		answer(t, server)
		if err := lahja.Broadcast(t.Context(), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"mute"}, AllowNoSubscribers: true}); err != nil {
			t.Errorf("an event that the stopped one does not subscribe to: %v", err)
		}
		got, err := lahja.Request(limited(t), server, Ping{N: 1})
		if err != nil || got.Data.N != 2 {
			t.Errorf("got %v, %v", got, err)
		}
		mute.conn.Close()
	})
}

// mostFills is more often than a socket can take what a writer that was behind has left
// of a queue that was full.
const mostFills = 50

// waits fills the stopped peer's queue, and reports whether the next broadcast waits for it
// and for nobody else. It does not where the writer was behind, and the socket has taken
// some more.
func waits(t *testing.T, server *p2p.Endpoint, blobs *lahja.Stream[Blob]) bool {
	sent, _ := fill(t, server)
	for range sent + 1 {
		next(t, blobs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- lahja.Broadcast(ctx, server, blob()) }()
	next(t, blobs) // while the broadcast waits for the other
	cancel()
	err := <-done
	if err == nil {
		return false
	}
	is(t, err, lahja.ErrQueueFull)
	is(t, err, context.Canceled)
	return true
}

func TestBroadcastGoesOnWhenThereIsRoom(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, blobs, mute := stopped(t, n)
		sent, _ := fill(t, server)
		blobs.Close() // Nobody takes them.
		var all sync.WaitGroup
		const more = 30
		for range more {
			all.Go(func() { check(t, lahja.Broadcast(limited(t), server, blob())) })
		}
		for range sent + more {
			mute.expect(wire.Event)
		}
		all.Wait()
	})
}

func TestBroadcastThatWaitsIsReleasedWhenThePeerDies(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for fills := 1; !isReleased(t, newNetwork(t, n.opts.Transport)); fills++ {
			if fills == mostFills {
				t.Fatal("no broadcast waited for the stopped one")
			}
		}
	})
}

// isReleased reports whether the broadcast to the stopped peer alone has waited. It has not
// where the writer was behind, and there was room after all.
func isReleased(t *testing.T, n *network) bool {
	server, _, mute := stopped(t, n)
	fill(t, server)
	to := func(names ...string) lahja.BroadcastConfig { return lahja.BroadcastConfig{FilterEndpoints: names} }
	configs := []lahja.BroadcastConfig{{}, to("mute", "client"), to("mute")}
	errs := make([]error, len(configs))
	var all sync.WaitGroup
	for i, config := range configs {
		all.Go(func() { errs[i] = lahja.Broadcast(limited(t), server, blob(), config) })
	}
	mute.conn.Close()
	all.Wait()
	check(t, errs[0]) // it was for all subscribers, and all that are left have it
	for _, err := range errs[1:] {
		if err != nil && !errors.Is(err, lahja.ErrRemoteDisconnected) && !errors.Is(err, lahja.ErrNoSubscribers) {
			t.Errorf("got %v, want the loss of mute", err)
		}
	}
	return errs[2] != nil
}

func TestEventLargerThanTheQueueIsSent(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		n.opts.QueueBytes = 100
		server, client := n.serve("server"), n.run("client")
		blobs := stream[Blob](t, client)
		n.connect(client, "server")
		for range 10 {
			check(t, lahja.Broadcast(limited(t), server, blob()))
		}
		for range 10 {
			next(t, blobs)
		}
	})
}

func TestOtherShapeUnderOneNameIsTold(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		ticks := stream[Tick](t, client)
		n.connect(client, "server")
		n.join("server", "old", subscribes("test/tick", 12345))
		check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), server, "old"))
		err := lahja.Broadcast(t.Context(), server, Tick{N: 1})
		if text := is(t, err, lahja.ErrTypeMismatch); !strings.Contains(text, "old") || !strings.Contains(text, "test/tick") {
			t.Errorf("got %q, want peer and type", text)
		}
		next(t, ticks)
		is(t, lahja.Broadcast(t.Context(), server, Tick{}, lahja.BroadcastConfig{FilterEndpoints: []string{"old"}}), lahja.ErrTypeMismatch)
	})
}

func TestReceivedEventOfAnotherShapeIsDroppedAndTold(t *testing.T) {
	n := memoryNetwork(t)
	dropped := make(chan lahja.Observation, 1)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped <- o
		}
	}
	server := n.serve("server")
	ticks := stream[Tick](t, server)
	r := n.join("server", "old", nil)
	r.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/tick", Shape: 12345, Sequence: 1, Payload: []byte{0xa0}}, -1))
	o := <-dropped
	is(t, o.Err, lahja.ErrTypeMismatch)
	r.send(wire.NumberMsg{Number: 1}.Append(nil, wire.Ping))
	r.expect(wire.Pong)
	if e, ok := ticks.TryNext(); ok {
		t.Errorf("got %v", e)
	}
}

func TestPeerThatAsksAndDoesNotReadIsCutOff(t *testing.T) {
	n := memoryNetwork(t)
	ended := make(chan error, 1)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.Disconnected && o.Endpoint == "server" {
			ended <- o.Err
		}
	}
	n.serve("server")
	r := n.join("server", "mute", nil)
	ping := wire.NumberMsg{Number: 1}.Append(nil, wire.Ping)
	pings := bytes.Repeat(ping, 10_000)
	for err := error(nil); err == nil; {
		_, err = r.conn.Write(pings)
	}
	is(t, <-ended, lahja.ErrQueueFull)
}
