package lahja_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

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
			"server": {"connected client ", "received client test/ping", "sent client test/pong", "disconnected client "},
		} {
			// The client's own goroutine tells of what it sent.
			got := slices.DeleteFunc(story[name], func(s string) bool { return s == "sent server test/ping" })
			if !slices.Equal(got, want) {
				t.Errorf("%s saw %q, want %q", name, got, want)
			}
		}
	})
}
