package stress_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestConnectsKnowEachOtherAtOnce has several clients connect at once, again and again:
// when connect returns each side knows what the other subscribes to, and an event gets
// there.
func TestConnectsKnowEachOtherAtOnce(t *testing.T) {
	const atOnce = 8
	each(t, func(t *testing.T, n *network) {
		server := n.serve()
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return e.Respond(ctx, Pong{N: e.Data.N})
		})
		must(t, err)
		stop := time.Now().Add(*stressTime)
		var all sync.WaitGroup
		var connects atomic.Int64
		for who := range atOnce {
			all.Go(func() {
				for i := 0; time.Now().Before(stop) && !t.Failed(); i++ {
					if err := meet(n, server, fmt.Sprintf("client-%d-%d", who, i)); err != nil {
						t.Error(err)
					}
					connects.Add(1)
				}
			})
		}
		all.Wait()
		t.Logf("%d connects of %d clients at once, after each of which both sides knew everything", connects.Load(), atOnce)
	})
}

func meet(n *network, server *p2p.Endpoint, name string) error {
	ctx := limited(n.t)
	client, err := p2p.RunEndpoint(ctx, name, &n.opts)
	if err != nil {
		return err
	}
	defer client.Close()
	ticks, err := lahja.NewStream[Tick](client)
	if err != nil {
		return err
	}
	if err := client.ConnectToEndpoints(ctx, n.config); err != nil {
		return err
	}
	if !lahja.IsEndpointSubscribedTo[Tick](server, name) {
		return fmt.Errorf("%s has connected, and the server knows of no subscription of its", name)
	}
	if !lahja.IsEndpointSubscribedTo[Ping](client, "server") {
		return fmt.Errorf("%s has connected, and knows of no subscription of the server's", name)
	}
	if _, err := lahja.Request(ctx, client, Ping{N: 1}); err != nil {
		return err
	}
	if err := lahja.Broadcast(ctx, server, Tick{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{name}}); err != nil {
		return err
	}
	_, err = ticks.Next(ctx)
	return err
}
