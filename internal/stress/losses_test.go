package stress_test

import (
	"context"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// TestWhatIsLostIsCounted has subscriptions that are too slow, with every policy that
// drops: what was sent is what came and what was counted as dropped.
func TestWhatIsLostIsCounted(t *testing.T) {
	policies := []lahja.SlowPolicy{lahja.Block, lahja.DropNewest, lahja.DropOldest}
	each(t, func(t *testing.T, n *network) {
		server := n.serve()
		client := n.client("client")
		came := make([]int, len(policies))
		subs := make([]*lahja.Subscription, len(policies))
		for i, policy := range policies {
			s, err := lahja.Subscribe(client, func(context.Context, lahja.Event[Blob]) error {
				if came[i]++; came[i]%64 == 0 && policy != lahja.Block {
					time.Sleep(time.Millisecond) // It is slow: that is what is looked at.
				}
				return nil
			}, lahja.SubscribeConfig{QueueBytes: 64 << 10, WhenFull: policy})
			must(t, err)
			subs[i] = s
		}
		n.connect(client)
		sent := 0
		for stop := time.Now().Add(*stressTime); time.Now().Before(stop); sent++ {
			must(t, lahja.Broadcast(limited(t), server, Blob{N: sent, Data: make([]byte, 1<<10)}))
		}
		must(t, server.Sync(limited(t), "client"))
		total := uint64(0)
		for i, policy := range policies {
			dropped := subs[i].Stats().Dropped
			total += dropped
			if came[i]+int(dropped) != sent {
				t.Errorf("%v: of %d events %d came and %d were counted as dropped", policy, sent, came[i], dropped)
			}
			t.Logf("%v: of %d events %d came and %d were dropped", policy, sent, came[i], dropped)
		}
		if came[0] != sent {
			t.Errorf("of %d events %d came to who drops none", sent, came[0])
		}
		if report, ok := inspect.Endpoint(client); !ok || report.Totals.Dropped != total {
			t.Errorf("the endpoint counts %d dropped, its subscriptions %d", report.Totals.Dropped, total)
		}
	})
}
