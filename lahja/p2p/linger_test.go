package p2p_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// overSockets runs a test on every transport that endpoints of two processes can use, and
// on memory.
func overSockets(t *testing.T, test func(t *testing.T, n *network)) {
	each(t, test)
	t.Run("tcp", func(t *testing.T) {
		n := newNetwork(t, tcp.Transport{})
		n.addresses = map[string]string{"server": freePort(t)}
		test(t, n)
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := tcp.Transport{}.Listen(t.Context(), "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}

func TestCloseLosesNothingThatWasBroadcast(t *testing.T) {
	overSockets(t, func(t *testing.T, n *network) {
		for round := range 5 {
			const events = 300
			server, client := n.serve("server"), n.run("client")
			ticks, blobs := stream[Tick](t, client), stream[Blob](t, client)
			n.connect(client, "server")
			for i := range events {
				check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
			}
			check(t, lahja.Broadcast(limited(t), server, Blob{Bytes: make([]byte, 3<<20)}))
			check(t, server.Close())
			for i := range events {
				if e := next(t, ticks); e.Data.N != i {
					t.Fatalf("round %d: got %d, want %d", round, e.Data.N, i)
				}
			}
			if got := next(t, blobs); len(got.Data.Bytes) != 3<<20 {
				t.Fatalf("round %d: got a blob of %d bytes", round, len(got.Data.Bytes))
			}
			check(t, client.Close())
		}
	})
}

// The client goes on sending, so that the server closes with input that it has not read.
func TestCloseLosesNoAnswerThatWasGiven(t *testing.T) {
	overSockets(t, func(t *testing.T, n *network) {
		for range 5 {
			server, client := n.serve("server"), n.run("client")
			answered := make(chan error, 1)
			_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
				answered <- e.Respond(ctx, Pong{N: e.Data.N})
				return nil
			})
			check(t, err)
			stream[Blob](t, server)
			n.connect(client, "server")
			var sending sync.WaitGroup
			sending.Go(func() {
				for lahja.BroadcastNowait(client, Blob{Bytes: make([]byte, 64<<10)}) == nil {
				}
			})
			got := make(chan error, 1)
			go func() {
				_, err := lahja.Request(limited(t), client, Ping{})
				got <- err
			}()
			check(t, <-answered)
			check(t, server.Close())
			check(t, <-got)
			sending.Wait()
			check(t, client.Close())
		}
	})
}

func TestPeerThatDoesNotReadCostsACloseItsLinger(t *testing.T) {
	for name, c := range map[string]struct{ linger, took time.Duration }{
		"default": {0, lahja.DefaultLinger},
		"longer":  {3 * time.Second, 3 * time.Second},
		"none":    {-1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				n.opts.Linger = c.linger
				var lost []lahja.Observation
				n.opts.Observer = func(o lahja.Observation) {
					if o.Kind == lahja.EventDropped && o.Peer == "mute" {
						lost = append(lost, o)
					}
				}
				server, _, _ := stopped(t, n)
				fill(t, server)
				started := time.Now()
				check(t, server.Close())
				if took := time.Since(started); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if len(lost) != 1 || lost[0].Size < 100<<10 || !lost[0].Outgoing {
					t.Errorf("observed %v, want what the peer did not take", lost)
				}
				is(t, lost[0].Err, lahja.ErrLifecycle)
			})
		})
	}
}

func TestCloseOfBothAtOnceTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		started := time.Now()
		var both sync.WaitGroup
		for _, ep := range []*p2p.Endpoint{server, client, server} {
			both.Go(func() {
				if err := ep.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if took := time.Since(started); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// A broadcast that waits was not accepted: it does not hold its endpoint's close up, nor
// that of the endpoint that it waits for.
func TestCloseWaitsForNoBroadcastThatWaits(t *testing.T) {
	for _, who := range []string{"sender", "receiver"} {
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				server, client := n.serve("server"), n.run("client")
				unread(t, client, lahja.Block, 10*tickCost)
				n.connect(client, "server")
				for range 10 {
					check(t, lahja.BroadcastNowait(server, Tick{}))
				}
				failed := make(chan error, 1)
				go func() { failed <- lahja.Broadcast(limited(t), server, Tick{}) }()
				synctest.Wait()
				closed, want := server, lahja.ErrLifecycle
				if who == "receiver" {
					closed, want = client, lahja.ErrRemoteDisconnected
				}
				started := time.Now()
				check(t, closed.Close())
				is(t, <-failed, want)
				if took := time.Since(started); took != 0 {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestCloseInAHandlerLosesNothing(t *testing.T) {
	for _, borrow := range []bool{false, true} {
		t.Run(fmt.Sprint("borrow ", borrow), func(t *testing.T) {
			overSockets(t, func(t *testing.T, n *network) {
				server, client := n.serve("server"), n.run("client")
				_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
					for i := range 50 {
						if err := lahja.Broadcast(ctx, server, Tick{N: i}); err != nil {
							return err
						}
					}
					if err := e.Respond(ctx, Pong{N: e.Data.N}); err != nil {
						return err
					}
					return server.Close()
				}, lahja.SubscribeConfig{Borrow: borrow})
				check(t, err)
				ticks := stream[Tick](t, client)
				n.connect(client, "server")
				started := time.Now()
				if got, err := lahja.Request(limited(t), client, Ping{N: 7}); err != nil || got.Data.N != 7 {
					t.Fatalf("got %v, %v", got, err)
				}
				for i := range 50 {
					if e := next(t, ticks); e.Data.N != i {
						t.Fatalf("got %d, want %d", e.Data.N, i)
					}
				}
				check(t, server.Close())
				if took := time.Since(started); took >= lahja.DefaultLinger {
					t.Errorf("it took %v, want less than the linger", took)
				}
			})
		})
	}
}
