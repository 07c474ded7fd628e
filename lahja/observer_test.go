package lahja_test

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
)

func TestObserverSeesTheWholeStory(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		var mu sync.Mutex
		story := map[string][]string{}
		n.opts.Observer = func(o lahja.Observation) {
			mu.Lock()
			defer mu.Unlock()
			if o.Kind != lahja.SubscriptionsUpdated {
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
			"client": {"connected server ", "received server test/pong", "disconnected server "},
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

func TestObserverSeesWhatBecameOfHandlers(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		handled := make(chan lahja.Observation, 10)
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.EventHandled {
				handled <- o
			}
		}
		failure, held := errors.New("no"), make(chan struct{})
		ep := n.run("a")
		_, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Tick]) error {
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
		})
		check(t, err)
		started := time.Now()
		for i, want := range []error{nil, failure, failure, lahja.ErrHandlerExited, nil} {
			check(t, lahja.Broadcast(t.Context(), ep, Tick{N: i}, lahja.BroadcastConfig{Headers: lahja.Headers{"n": fmt.Sprint(i)}}))
			if i == 0 {
				close(held)
			}
			o := <-handled
			if !errors.Is(o.Err, want) || o.Err != nil && want == nil || o.Endpoint != "a" || o.Peer != "a" || o.Event != "test/tick" ||
				o.Headers["n"] != fmt.Sprint(i) || o.ID.IsZero() || o.Took <= 0 || o.Took > time.Since(started) {
				t.Errorf("event %d: got %+v, want the error %v", i, o, want)
			}
		}
	})
}
