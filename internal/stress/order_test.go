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

// TestManySendersKeepTheirOrder has several senders broadcast as fast as they can, to a
// handler, one that the reader can call, and a stream: per sender and subscription first in is first out.
func TestManySendersKeepTheirOrder(t *testing.T) {
	const senders = 4
	each(t, func(t *testing.T, n *network) {
		server := n.serve()
		orders := []*order{handled(t, server, lahja.SubscribeConfig{}), streamed(t, server)}
		alone := n.client("alone") // Its one subscription can be called by the reader.
		orders = append(orders, handled(t, alone, lahja.SubscribeConfig{Borrow: true}))
		n.connect(alone)
		stop := time.Now().Add(*stressTime)
		var all sync.WaitGroup
		var sent atomic.Int64
		for i := range senders {
			client := n.client(fmt.Sprint("client-", i))
			n.connect(client)
			all.Go(func() {
				for i := 0; time.Now().Before(stop); i++ {
					if err := lahja.Broadcast(limited(t), client, Tick{N: i}); err != nil {
						t.Errorf("%s, event %d: %v", client.Name(), i, err)
						return
					}
					sent.Add(1)
				}
				if err := client.Sync(limited(t), "server"); err != nil {
					t.Error(err)
				}
			})
		}
		for i := 0; time.Now().Before(stop); i++ {
			must(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
		}
		all.Wait()
		must(t, server.Sync(limited(t), "alone"))
		for _, o := range orders {
			o.close()
			if o.wrong != "" {
				t.Errorf("%s: %s", o.name, o.wrong)
			}
		}
		if got := orders[1].total; int64(got) < sent.Load() {
			t.Errorf("the stream got %d events, and %d were sent by clients", got, sent.Load())
		}
		t.Logf("%d events of %d senders, %.0f a second; the other handler got %d of the server's", sent.Load(), senders, float64(sent.Load())/stressTime.Seconds(), orders[2].total)
	})
}

// order is what one subscription has got.
type order struct {
	name  string
	next  map[string]int // by sender
	total int
	wrong string // the first event out of order
	close func()
}

func (o *order) got(e lahja.Event[Tick]) {
	if want := o.next[e.Origin()]; e.Data.N != want && o.wrong == "" {
		o.wrong = fmt.Sprintf("event %d of %s came, want %d", e.Data.N, e.Origin(), want)
	}
	o.next[e.Origin()]++
	o.total++
}

func handled(t *testing.T, ep *p2p.Endpoint, config lahja.SubscribeConfig) *order {
	o := &order{name: fmt.Sprintf("handler of %s", ep.Name()), next: map[string]int{}}
	s, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Tick]) error {
		o.got(e)
		return nil
	}, config)
	must(t, err)
	o.close = s.Close
	return o
}

// streamed takes events until close, and then what is left.
func streamed(t *testing.T, ep *p2p.Endpoint) *order {
	o := &order{name: fmt.Sprintf("stream of %s", ep.Name()), next: map[string]int{}}
	s, err := lahja.NewStream[Tick](ep)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			e, err := s.Next(ctx)
			if err != nil {
				break
			}
			o.got(e)
		}
		for e, ok := s.TryNext(); ok; e, ok = s.TryNext() {
			o.got(e)
		}
	}()
	o.close = func() { stop(); <-done }
	return o
}
