package p2p_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Tick is a plain event, Ping a request, Pong its answer.
type (
	Tick struct{ N int }
	Ping struct {
		lahja.Expects[Pong]
		N int
	}
	Pong struct{ N int }
	Blob struct{ Bytes []byte }
)

func (Tick) EventName() string { return "test/tick" }
func (Ping) EventName() string { return "test/ping" }
func (Pong) EventName() string { return "test/pong" }
func (Blob) EventName() string { return "test/blob" }

// network opens endpoints on one transport and closes them with the test.
type network struct {
	t    *testing.T
	opts p2p.Options
	dir  string
	// addresses are those of endpoints that have other ones than paths in dir.
	addresses map[string]string

	server *p2p.Endpoint // for tests that share one
}

// transports are what every test runs on.
var transports = map[string]func() p2p.Transport{
	"memory": func() p2p.Transport { return memory.New() },
	"unix":   func() p2p.Transport { return unix.Transport{} },
}

// each runs test on every transport.
func each(t *testing.T, test func(t *testing.T, n *network)) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) { test(t, newNetwork(t, open())) })
	}
}

func newNetwork(t *testing.T, transport p2p.Transport) *network {
	return &network{t: t, dir: testkit.ShortDir(t), opts: p2p.Options{Transport: transport, Logger: slog.New(slog.DiscardHandler)}}
}

func (n *network) config(name string) lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: name, Address: cmp.Or(n.addresses[name], filepath.Join(n.dir, name+".ipc"))}
}

func (n *network) serve(name string) *p2p.Endpoint {
	n.t.Helper()
	ep, err := p2p.ServeEndpoint(n.t.Context(), n.config(name), &n.opts)
	return n.opened(ep, err)
}

func (n *network) run(name string) *p2p.Endpoint {
	n.t.Helper()
	ep, err := p2p.RunEndpoint(n.t.Context(), name, &n.opts)
	return n.opened(ep, err)
}

func (n *network) opened(ep *p2p.Endpoint, err error) *p2p.Endpoint {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		if err := ep.Close(); err != nil {
			n.t.Errorf("close of %s: %v", ep.Name(), err)
		}
	})
	return ep
}

// connect connects ep to the named servers.
func (n *network) connect(ep lahja.EndpointAPI, names ...string) {
	n.t.Helper()
	var configs []lahja.ConnectionConfig
	for _, name := range names {
		configs = append(configs, n.config(name))
	}
	check(n.t, ep.ConnectToEndpoints(limited(n.t), configs...))
}

var (
	check   = testkit.Check
	limited = testkit.Context
)

// is wants an error of that kind, and returns its text.
func is(t *testing.T, err, want error) string {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	return err.Error()
}

func stream[T any](t *testing.T, ep lahja.EndpointAPI) *lahja.Stream[T] {
	t.Helper()
	s, err := lahja.NewStream[T](ep)
	check(t, err)
	return s
}

func next[T any](t *testing.T, s *lahja.Stream[T]) lahja.Event[T] {
	t.Helper()
	e, err := s.Next(limited(t))
	check(t, err)
	return e
}

// known waits until every peer of ep knows what ep subscribes to.
func known(t *testing.T, ep lahja.EndpointAPI) {
	t.Helper()
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), ep))
}

// memoryNetwork is for rules that no transport has a part in.
func memoryNetwork(t *testing.T) *network { return newNetwork(t, memory.New()) }

// answer has ep answer pings with the next number.
func answer(t *testing.T, ep lahja.EndpointAPI) {
	t.Helper()
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N + 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}
