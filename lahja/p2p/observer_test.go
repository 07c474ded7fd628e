package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/observetest"
)

func TestObserverSeesTheWholeStory(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		var mu sync.Mutex
		story := map[string][]string{}
		n.opts.Observer = func(o lahja.Observation) {
			mu.Lock()
			defer mu.Unlock()
			switch o.Kind {
			case lahja.SubscriptionsUpdated, lahja.SubscriptionStarted, lahja.SubscriptionEnded: // They may come between others.
			default:
				story[o.Endpoint] = append(story[o.Endpoint], fmt.Sprint(o.Kind, " ", o.Peer, " ", o.Event))
			}
		}
		server, client := n.serve("server"), n.run("client")
		answer(t, server)
		n.connect(client, "server")
		_, err := lahja.Request(limited(t), client, Ping{})
		check(t, err)
		check(t, client.Sync(limited(t), "server"))
		check(t, client.Shutdown(limited(t)))
		check(t, server.Shutdown(limited(t)))
		mu.Lock()
		defer mu.Unlock()
		for name, want := range map[string][]string{
			"client": {"connected server ", "request started server test/ping", "received server test/pong", "request ended server test/ping", "disconnected server "},
			"server": {"connected client ", "received client test/ping", "sent client test/pong", "handled client test/ping", "disconnected client "},
		} {
			// The client's own goroutine tells of what it sent.
			got := slices.DeleteFunc(story[name], func(s string) bool { return s == "sent server test/ping" })
			if !slices.Equal(got, want) {
				t.Errorf("%s saw %q, want %q", name, got, want)
			}
		}
	})
}

func TestObserverSeesAConversation(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		var seen observetest.Story
		n.opts.Observer = seen.See
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		observetest.Conversation(t, &seen, server, client)
	})
}

func TestObserverSeesWhatBecameOfHandlers(t *testing.T) {
	for name, config := range map[string]*lahja.SubscribeConfig{"local": nil, "queued": {}, "borrow": {Borrow: true}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, n *network) { handlersAreObserved(t, n, config) })
		})
	}
}

// handlersAreObserved has a handler fail in every way. Without a config its own endpoint
// broadcasts.
func handlersAreObserved(t *testing.T, n *network, config *lahja.SubscribeConfig) {
	handled := make(chan lahja.Observation, 10)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventHandled {
			handled <- o
		}
	}
	failure, held := errors.New("no"), make(chan struct{})
	receiver := n.serve("a")
	sender, origin := receiver, "a"
	if config == nil {
		config = new(lahja.SubscribeConfig)
	} else {
		sender, origin = n.run("b"), "b"
		n.connect(sender, "a")
	}
	_, err := lahja.Subscribe(receiver, func(_ context.Context, e lahja.Event[Tick]) error {
		switch e.Data.N {
		case 0:
			<-held
		case 1:
			return failure
		case 2:
			panic(failure)
		case 3:
			runtime.Goexit()
		}
		return nil
	}, *config)
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), sender, "a"))
	started := time.Now()
	for i, want := range []error{nil, failure, failure, lahja.ErrHandlerExited, nil} {
		check(t, lahja.Broadcast(t.Context(), sender, Tick{N: i}, lahja.BroadcastConfig{Headers: lahja.Headers{"n": fmt.Sprint(i)}}))
		if i == 0 {
			close(held)
		}
		o := <-handled
		if !errors.Is(o.Err, want) || o.Err != nil && want == nil || o.Endpoint != "a" || o.Peer != origin || o.Event != "test/tick" ||
			o.Headers["n"] != fmt.Sprint(i) || o.ID.IsZero() || o.Took <= 0 || o.Took > time.Since(started) {
			t.Errorf("event %d: got %+v, want the error %v", i, o, want)
		}
	}
	check(t, sender.Sync(limited(t), "a"))
	if n := len(handled); n > 0 {
		t.Errorf("%d events were observed twice", n)
	}
}

func TestBroadcastToSeveralIsObservedOnce(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		var mu sync.Mutex
		var sent []lahja.Observation
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.EventSent {
				mu.Lock()
				sent = append(sent, o)
				mu.Unlock()
			}
		}
		sender := n.serve("sender")
		for _, name := range []string{"a", "b"} {
			receiver := n.run(name)
			n.connect(receiver, "sender")
			_, err := lahja.NewStream[Tick](receiver)
			check(t, err)
			check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), sender, name))
		}
		_, err := lahja.NewStream[Tick](sender)
		check(t, err)
		for _, config := range []lahja.BroadcastConfig{{}, {FilterEndpoints: []string{"b"}}, {Internal: true}, {}} {
			check(t, lahja.Broadcast(t.Context(), sender, Tick{}, config))
		}
		mu.Lock()
		defer mu.Unlock()
		var got []string
		for _, o := range sent {
			if !o.Outgoing || (o.Size > 0) != (o.Peer != "sender") {
				t.Errorf("got %+v, want an outgoing event that has a size if it was encoded", o)
			}
			got = append(got, fmt.Sprint(o.ID.Sequence-sent[0].ID.Sequence, " ", o.Peer, slices.Sorted(slices.Values(o.Peers))))
		}
		if want := []string{"0 sender[]", "0 [a b]", "1 b[]", "2 sender[]", "3 sender[]", "3 [a b]"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
