package stress_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// TestHandlersCallEachOther has the handlers of several endpoints ask, broadcast, subscribe
// and synchronise all the time, each of them from within a handler and across endpoints.
func TestHandlersCallEachOther(t *testing.T) {
	const clients = 3
	each(t, func(t *testing.T, n *network) {
		server := n.serve()
		all := []*p2p.Endpoint{server}
		for i := range clients {
			client := n.client(fmt.Sprint("client-", i))
			n.connect(client)
			all = append(all, client)
		}
		var calls atomic.Int64
		for _, ep := range all {
			_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
				return e.Respond(ctx, Pong{N: e.Data.N})
			})
			must(t, err)
			_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Tick]) error {
				err := within(ctx, ep, e)
				calls.Add(1)
				if err != nil {
					t.Errorf("%s: %v", ep.Name(), err)
				}
				return err
			})
			must(t, err)
		}
		for _, ep := range all {
			must(t, lahja.WaitUntilSubscriptionsKnown(limited(t), ep))
		}
		stop := time.Now().Add(*stressTime)
		var sending sync.WaitGroup
		for _, ep := range all {
			sending.Go(func() {
				for i := 0; time.Now().Before(stop) && !t.Failed(); i++ {
					if err := lahja.Broadcast(limited(t), ep, Tick{N: i}); err != nil {
						t.Errorf("%s: %v", ep.Name(), err)
					}
					if i%16 == 0 { // No more at once than handlers can have behind them in the time.
						if err := ep.Sync(limited(t), ep.Name()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		sending.Wait()
		for _, ep := range all[1:] {
			must(t, ep.Sync(limited(t), "server"))
			must(t, server.Sync(limited(t), ep.Name()))
		}
		t.Logf("%d handlers called the rest of the API while they ran", calls.Load())
	})
}

// within makes calls of a handler's: those that wait for the event's sender too.
func within(ctx context.Context, ep *p2p.Endpoint, e lahja.Event[Tick]) error {
	s, err := lahja.NewStream[Blob](ep)
	if err != nil {
		return err
	}
	defer s.Close()
	answer, asked := lahja.Request(ctx, ep, Ping{N: e.Data.N}, lahja.BroadcastConfig{FilterEndpoints: []string{e.Origin()}})
	if asked == nil && answer.Data.N != e.Data.N {
		asked = fmt.Errorf("the answer to %d is %d", e.Data.N, answer.Data.N)
	}
	_, looked := ep.WaitForChange(ctx, 0)
	own := lahja.Broadcast(ctx, ep, Blob{N: e.Data.N}, lahja.BroadcastConfig{Internal: true})
	_, took := s.Next(ctx)
	return errors.Join(asked, looked, own, took, ep.Sync(ctx, ep.Name()))
}
