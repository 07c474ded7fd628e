package stress_test

import (
	"context"
	"flag"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

var stressTime = flag.Duration("stress.time", time.Second, "how long each test goes on, on each transport")

// Tick is an event with a number.
type Tick struct{ N int }

// EventName implements lahja.Named.
func (Tick) EventName() string { return "stress/tick" }

// Ping is a request, Pong its answer.
type (
	Ping struct {
		lahja.Expects[Pong]
		N int
	}
	Pong struct{ N int }
)

// EventName implements lahja.Named.
func (Ping) EventName() string { return "stress/ping" }

// EventName implements lahja.Named.
func (Pong) EventName() string { return "stress/pong" }

// Blob is an event that takes room.
type Blob struct {
	N    int
	Data []byte
}

// EventName implements lahja.Named.
func (Blob) EventName() string { return "stress/blob" }

// served is a transport and where a server listens on it.
type served struct {
	transport p2p.Transport
	address   func(t *testing.T) string
}

var transports = map[string]served{
	"memory": {memory.New(), func(*testing.T) string { return "server" }},
	"unix":   {unix.Transport{}, func(t *testing.T) string { return filepath.Join(testkit.ShortDir(t), "server.ipc") }},
	"tcp":    {tcp.Transport{}, loopback},
	"tls":    {secure(), loopback},
}

func loopback(*testing.T) string { return "127.0.0.1:0" }

// identity is what everybody shows over TLS.
var identity = func() tcptest.Identity {
	identity, err := tcptest.NewIdentity()
	if err != nil {
		panic(err)
	}
	return identity
}()

func secure() p2p.Transport { return over(identity) }

// over is TCP with that identity's certificate, whatever the name.
func over(identity tcptest.Identity) p2p.Transport {
	config, err := identity.Config()
	if err != nil {
		panic(err)
	}
	return tcp.Transport{TLS: config, AnyName: true}
}

// each runs a test on every transport.
func each(t *testing.T, test func(t *testing.T, n *network)) {
	for name, on := range transports {
		t.Run(name, func(t *testing.T) { test(t, newNetwork(t, on)) })
	}
}

// network is a server, and opens clients of it.
type network struct {
	t      *testing.T
	opts   p2p.Options
	config lahja.ConnectionConfig
}

func newNetwork(t *testing.T, on served) *network {
	return &network{t: t, opts: p2p.Options{Transport: on.transport, Logger: slog.New(slog.DiscardHandler)},
		config: lahja.ConnectionConfig{Name: "server", Address: on.address(t)}}
}

// serve opens the server. What listens wherever the system has it is known afterwards.
func (n *network) serve() *p2p.Endpoint {
	n.t.Helper()
	server := opened(n.t)(p2p.ServeEndpoint(n.t.Context(), n.config, &n.opts))
	if n.config.Address == loopback(n.t) {
		n.config.Address = server.Addr().String()
	}
	return server
}

// client opens an endpoint, without a connection.
func (n *network) client(name string) *p2p.Endpoint {
	n.t.Helper()
	return opened(n.t)(p2p.RunEndpoint(n.t.Context(), name, &n.opts))
}

// connect connects a client to the server.
func (n *network) connect(client *p2p.Endpoint) {
	n.t.Helper()
	must(n.t, client.ConnectToEndpoints(limited(n.t), n.config))
}

func opened(t *testing.T) func(ep *p2p.Endpoint, err error) *p2p.Endpoint {
	return func(ep *p2p.Endpoint, err error) *p2p.Endpoint {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { ep.Close() })
		return ep
	}
}

var must = testkit.Check

// limited is a context that ends long after anything should have happened.
func limited(t *testing.T) context.Context {
	return testkit.Within(t, time.Minute+*stressTime)
}
