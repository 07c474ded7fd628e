package p2p_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// leaky is a connection on which nothing arrives any more once it leaks, in either direction.
type leaky struct {
	net.Conn
	leaks *atomic.Bool
	ended chan struct{} // closed with it
	once  sync.Once
}

func (l *leaky) Write(b []byte) (int, error) {
	if l.leaks.Load() {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func (l *leaky) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.leaks.Load() {
		<-l.ended
		return 0, net.ErrClosed
	}
	return n, err
}

func (l *leaky) Close() error {
	l.once.Do(func() { close(l.ended) })
	return l.Conn.Close()
}

// TestEndpointsThatMeetAgainKnowHowManyEventsWereLost cuts the connection twice while both sides send.
func TestEndpointsThatMeetAgainKnowHowManyEventsWereLost(t *testing.T) {
	var leaks atomic.Bool
	var conn *leaky
	d := &detour{Transport: memory.New()}
	d.set(func(ctx context.Context, address string) (net.Conn, error) {
		c, err := d.Transport.Dial(ctx, address)
		if err != nil {
			return nil, err
		}
		leaks.Store(false)
		conn = &leaky{Conn: c, leaks: &leaks, ended: make(chan struct{})}
		return conn, nil
	})
	n := newNetwork(t, d)
	gaps := map[string]chan *lahja.Gap{}
	open := func(name string, open func(opts *p2p.Options) (*p2p.Endpoint, error)) *p2p.Endpoint {
		own, found := n.opts, make(chan *lahja.Gap, 10)
		own.Observer = func(o lahja.Observation) {
			if gap, ok := o.Err.(*lahja.Gap); ok && o.Kind == lahja.EventDropped {
				found <- gap
			}
		}
		gaps[name] = found
		ep, err := open(&own)
		return n.opened(ep, err)
	}
	server := open("server", func(opts *p2p.Options) (*p2p.Endpoint, error) {
		return p2p.ServeEndpoint(t.Context(), n.config("server"), opts)
	})
	client := open("client", func(opts *p2p.Options) (*p2p.Endpoint, error) {
		return p2p.RunEndpoint(t.Context(), "client", opts)
	})
	atServer, atClient := stream[Tick](t, server), stream[Tick](t, client)
	n.connect(client, "server")
	send := func(from *p2p.Endpoint, events int) {
		t.Helper()
		for i := range events {
			check(t, lahja.Broadcast(limited(t), from, Tick{N: i}, lahja.BroadcastConfig{FilterEndpoints: []string{map[*p2p.Endpoint]string{server: "client", client: "server"}[from]}}))
		}
	}
	receive := func(s *lahja.Stream[Tick], events int) {
		t.Helper()
		for range events {
			_, err := s.Next(limited(t))
			check(t, err)
		}
	}
	totals := map[string]uint64{}
	lost := func(name, peer string, want uint64) {
		t.Helper()
		gap := <-gaps[name]
		if want := (lahja.Gap{Peer: peer, Lost: want, Earlier: true}); *gap != want {
			t.Errorf("%s learned of %+v, want %+v", name, *gap, want)
		}
		totals[name] += want
	}
	for range 2 {
		send(client, 10)
		receive(atServer, 10)
		send(server, 5)
		receive(atClient, 5)
		leaks.Store(true)
		send(client, 7)
		send(server, 3)
		check(t, conn.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "server"))
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		n.connect(client, "server")
		lost("server", "client", 7)
		lost("client", "server", 3)
	}
	for name, ep := range map[string]*p2p.Endpoint{"server": server, "client": client} {
		if got := ep.Inspect().Totals.Lost; got != totals[name] {
			t.Errorf("%s counts %d events as lost, want %d", name, got, totals[name])
		}
		select {
		case gap := <-gaps[name]:
			t.Errorf("%s learned of %+v as well", name, gap)
		default:
		}
	}
}
