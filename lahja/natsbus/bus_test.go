package natsbus_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

type (
	Tick struct{ N int }
	Ping struct {
		lahja.Expects[Pong]
		N int
	}
	Pong struct{ N int }
	Blob struct{ Data []byte }
)

const patience = testkit.Patience

var (
	check   = testkit.Check
	limited = testkit.Context
)

func start(t *testing.T, options *server.Options) *natstest.Server {
	t.Helper()
	s, err := natstest.Start(options)
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

func options(s *natstest.Server) *natsbus.Options {
	return &natsbus.Options{URL: s.URL(), Logger: slog.New(slog.DiscardHandler)}
}

// run opens an endpoint and connects it to others.
func run(t *testing.T, name string, o *natsbus.Options, to ...string) *natsbus.Endpoint {
	t.Helper()
	ep, err := natsbus.RunEndpoint(limited(t), name, o)
	check(t, err)
	t.Cleanup(func() { ep.Close() })
	for _, other := range to {
		check(t, ep.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: other}))
	}
	return ep
}

func serve(t *testing.T, name string, o *natsbus.Options) *natsbus.Endpoint {
	t.Helper()
	ep, err := natsbus.ServeEndpoint(limited(t), lahja.ConnectionConfig{Name: name}, o)
	check(t, err)
	t.Cleanup(func() { ep.Close() })
	return ep
}

func stream[T any](t *testing.T, ep lahja.EndpointAPI) *lahja.Stream[T] {
	t.Helper()
	s, err := lahja.NewStream[T](ep)
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// drain takes what is there.
func drain[T any](s *lahja.Stream[T]) []T {
	var all []T
	for {
		e, ok := s.TryNext()
		if !ok {
			return all
		}
		all = append(all, e.Data)
	}
}

// eventuallySync synchronises although a sync may be lost with the connection.
func eventuallySync(t *testing.T, ep *natsbus.Endpoint, peer string) {
	t.Helper()
	ctx := limited(t)
	for {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		err := ep.Sync(short, peer)
		cancel()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		if _, ok := ep.Peers().Peer(peer); !ok {
			check(t, lahja.WaitUntilConnectedTo(ctx, ep, peer))
		}
	}
}

// gaps gathers what is reported lost of one type.
type gaps struct {
	mu   sync.Mutex
	lost map[string]int
}

func (g *gaps) note(gap lahja.Gap) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost == nil {
		g.lost = map[string]int{}
	}
	g.lost[gap.Event] += int(gap.Lost)
}

func (g *gaps) of(event string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost[event]
}

func nameOf[T any](t *testing.T) string {
	t.Helper()
	eventType, err := lahja.TypeOf[T]()
	check(t, err)
	return eventType.Name
}

// cord is a dialler whose connections can be cut, and that can be kept from
// making new ones.
type cord struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (c *cord) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		conn.Close()
		return nil, io.ErrClosedPipe
	}
	c.conns = append(c.conns, conn)
	return conn, nil
}

func (c *cord) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if cut {
		for _, conn := range c.conns {
			conn.Close()
		}
	}
}
