package p2p_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Nobody takes the large events, so that some of those broadcasts wait for room.
func TestBroadcastsEndWithTheCloseDuringThem(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		for round := range 20 {
			server, client := n.serve("server"), n.run("client")
			stream[Tick](t, client)
			stream[Blob](t, client)
			stream[Pong](t, client) // For which there is always room.
			n.connect(client, "server")
			ctx := limited(t)
			var begun, all sync.WaitGroup
			for i := range 6 {
				begun.Add(1)
				all.Go(func() {
					begun.Done()
					for err := error(nil); err == nil; {
						if i%2 == 0 {
							err = lahja.Broadcast(ctx, server, Tick{N: i})
						} else {
							err = lahja.Broadcast(ctx, server, Blob{Bytes: make([]byte, 1<<18)})
						}
						if err != nil && !errors.Is(err, lahja.ErrLifecycle) {
							t.Errorf("got %v, want nil or ErrLifecycle", err)
						}
					}
				})
			}
			begun.Wait()
			for range round % 10 { // Later and later.
				check(t, lahja.Broadcast(ctx, server, Pong{}))
			}
			check(t, server.Close())
			all.Wait()
			check(t, client.Close())
		}
	})
}

// counting tells when it dials, and knows how many of its connections are open.
type counting struct {
	p2p.Transport
	dials chan struct{}
	open  atomic.Int64
}

func (c *counting) Dial(ctx context.Context, address string) (net.Conn, error) {
	c.dials <- struct{}{}
	conn, err := c.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &counted{Conn: conn, closed: sync.OnceFunc(func() { c.open.Add(-1) })}, nil
}

type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}

func TestConnectEndsWithTheCloseDuringItAndLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		for range 100 {
			transport := &counting{Transport: n.opts.Transport, dials: make(chan struct{}, 100)}
			options := n.opts
			options.Transport = transport
			client, err := p2p.RunEndpoint(t.Context(), "client", &options)
			check(t, err)
			connected := make(chan error, 1)
			go func() { connected <- client.ConnectToEndpoints(limited(t), n.config("server")) }()
			<-transport.dials
			check(t, client.Close())
			if err := <-connected; err != nil && !errors.Is(err, lahja.ErrLifecycle) {
				t.Fatalf("got %v, want nil or ErrLifecycle", err)
			}
			if open := transport.open.Load(); open != 0 {
				t.Fatalf("%d connections are open after the close", open)
			}
			check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		}
	})
}
