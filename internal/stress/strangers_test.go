package stress_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// TestStrangersCostNobodyElseAnything has strangers say what is none of the bus's, or claim
// more than anybody may send, beside a client that asks all the time.
func TestStrangersCostNobodyElseAnything(t *testing.T) {
	rubbish := func() []byte {
		b := make([]byte, 64)
		rand.Read(b)
		return b
	}
	says := []func() []byte{
		rubbish,
		func() []byte { return []byte("GET / HTTP/1.1\r\n\r\n") },
		func() []byte { return binary.BigEndian.AppendUint32(nil, 1<<31) },
		func() []byte { return nil },
	}
	each(t, func(t *testing.T, n *network) {
		server := n.serve()
		_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
			return e.Respond(ctx, Pong{N: e.Data.N})
		})
		must(t, err)
		client := n.client("client")
		n.connect(client)
		var strangers sync.WaitGroup
		var came atomic.Int64
		done := make(chan struct{})
		strangers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				conn, err := n.opts.Transport.Dial(limited(t), n.config.Address)
				if err != nil {
					t.Errorf("a stranger cannot connect: %v", err)
					return
				}
				_, _ = conn.Write(says[i%len(says)]()) // The server may have hung up.
				conn.Close()
				came.Add(1)
			}
		})
		asked, worst := 0, time.Duration(0)
		for stop := time.Now().Add(*stressTime); time.Now().Before(stop); asked++ {
			began := time.Now()
			got, err := lahja.Request(limited(t), client, Ping{N: asked})
			if err != nil || got.Data.N != asked {
				t.Fatalf("request %d: got %v, %v", asked, got, err)
			}
			worst = max(worst, time.Since(began))
		}
		close(done)
		strangers.Wait()
		if peers := server.Peers().Peers; len(peers) != 2 {
			t.Errorf("the server lists %v, want itself and the client", peers)
		}
		t.Logf("%d strangers; of the client, %d requests, all answered, the slowest in %v", came.Load(), asked, worst)
	})
}
