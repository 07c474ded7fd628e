package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/lahja/p2p"
)

type Ping struct {
	lahja.Expects[Pong]
	N int
}
type Pong struct{ N int }
type Tick struct{ N int }
type Blob struct {
	N     int
	Bytes []byte
}

var (
	check   = testkit.Check
	limited = testkit.Context
)

// heartbeat is short, so that the end of a connection to the server is soon noticed. A peer that is
// only silent is not noticed within a test.
const heartbeat = 100 * time.Millisecond

// joined is a bus of sockets and a server, with a bridge between.
type joined struct {
	t      *testing.T
	server *natstest.Server
	dir    string
	log    *logged
	bridge *bridge.Bridge
	conns  []net.Conn // of raw endpoints
}

// bus starts a server and a bridge.
func bus(t *testing.T) *joined { return busWith(t, bridge.Hooks{}, func(*bridge.Options) {}) }

func busWith(t *testing.T, h bridge.Hooks, change func(*bridge.Options)) *joined {
	t.Helper()
	server, err := natstest.Start(nil)
	check(t, err)
	t.Cleanup(server.Close)
	return beside(t, server, h, change)
}

// beside starts a bridge on a server.
func beside(t *testing.T, server *natstest.Server, h bridge.Hooks, change func(*bridge.Options)) *joined {
	t.Helper()
	j := &joined{t: t, server: server, dir: testkit.ShortDir(t), log: &logged{}}
	j.start(h, change)
	return j
}

// start starts a bridge for the bus.
func (j *joined) start(h bridge.Hooks, change func(*bridge.Options)) {
	j.t.Helper()
	o := j.options()
	change(&o)
	b, err := bridge.StartWith(limited(j.t), o, h)
	check(j.t, err)
	j.bridge = b
	j.t.Cleanup(func() { check(j.t, b.Close()) })
}

func (j *joined) options() bridge.Options {
	return bridge.Options{Sockets: j.dir, NATS: &natsbus.Options{URL: j.server.URL(), Heartbeat: heartbeat, Liveness: time.Minute},
		Export: []string{"*"}, Import: []string{"*"}, Logger: slog.New(slog.NewTextHandler(j.log, nil))}
}

func (j *joined) config(name string) lahja.ConnectionConfig {
	return lahja.ConnectionConfig{Name: name, Address: filepath.Join(j.dir, name+".ipc")}
}

// quiet are options of an endpoint on a socket, and remote of one on the server.
func quiet() *p2p.Options { return &p2p.Options{Logger: slog.New(slog.DiscardHandler)} }

func (j *joined) remote() *natsbus.Options {
	return &natsbus.Options{URL: j.server.URL(), Heartbeat: heartbeat, Liveness: time.Minute, Logger: slog.New(slog.DiscardHandler)}
}

// onSocket opens an endpoint on a socket, and onServer one on the server. The address of the one that
// others connect to is its name's.
func (j *joined) onSocket(name string, o *p2p.Options, to ...string) *p2p.Endpoint {
	j.t.Helper()
	ep, err := p2p.RunEndpoint(limited(j.t), name, o)
	check(j.t, err)
	j.t.Cleanup(func() { ep.Close() })
	j.connect(ep, to...)
	return ep
}

func (j *joined) serveSocket(name string, o *p2p.Options) *p2p.Endpoint {
	j.t.Helper()
	ep, err := p2p.ServeEndpoint(limited(j.t), j.config(name), o)
	check(j.t, err)
	j.t.Cleanup(func() { ep.Close() })
	return ep
}

func (j *joined) onServer(name string, o *natsbus.Options, to ...string) *natsbus.Endpoint {
	j.t.Helper()
	ep, err := natsbus.RunEndpoint(limited(j.t), name, o)
	check(j.t, err)
	j.t.Cleanup(func() { ep.Close() })
	j.connect(ep, to...)
	return ep
}

func (j *joined) serveServer(name string, o *natsbus.Options) *natsbus.Endpoint {
	j.t.Helper()
	ep, err := natsbus.ServeEndpoint(limited(j.t), lahja.ConnectionConfig{Name: name}, o)
	check(j.t, err)
	j.t.Cleanup(func() { ep.Close() })
	return ep
}

// exported waits until endpoints on sockets can be found on the server.
func (j *joined) exported(names ...string) {
	j.t.Helper()
	for _, name := range names {
		eventually(j.t, name+" can be found on the server", func() bool { return slices.Contains(j.bridge.Inspect().Exported, name) })
	}
}

func (j *joined) connect(ep lahja.EndpointAPI, to ...string) {
	j.t.Helper()
	for _, other := range to {
		check(j.t, ep.ConnectToEndpoints(limited(j.t), j.config(other)))
	}
}

// direction is a server and a client that are on different sides.
type direction struct {
	name string
	open func(j *joined) (server, client lahja.EndpointAPI)
}

// directions are both, not connected yet.
var directions = []direction{
	{"from a socket", func(j *joined) (server, client lahja.EndpointAPI) {
		return j.serveServer("server", j.remote()), j.onSocket("client", quiet())
	}},
	{"from the server", func(j *joined) (server, client lahja.EndpointAPI) {
		return j.serveSocket("server", quiet()), j.onServer("client", j.remote())
	}},
}

func stream[T any](t *testing.T, ep lahja.EndpointAPI) *lahja.Stream[T] {
	t.Helper()
	s, err := lahja.NewStream[T](ep)
	check(t, err)
	t.Cleanup(s.Close)
	return s
}

// drain takes what is there.
func drain[T any](s *lahja.Stream[T]) (all []T) {
	for {
		e, ok := s.TryNext()
		if !ok {
			return all
		}
		all = append(all, e.Data)
	}
}

// subscribed waits until ep knows that the peer subscribes to T.
func subscribed[T any](t *testing.T, ep lahja.EndpointAPI, peer string) {
	t.Helper()
	check(t, lahja.WaitUntilEndpointSubscribedTo[T](limited(t), ep, peer))
}

// eventually waits until is returns true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for ctx := limited(t); !is(); time.Sleep(time.Millisecond) { // Between looks.
		if ctx.Err() != nil {
			t.Fatalf("it is not so that %s", what)
		}
	}
}

// eventuallySync synchronises, although a sync may be lost with a connection.
func eventuallySync(t *testing.T, ep lahja.EndpointAPI, peer string) {
	t.Helper()
	var err error
	eventually(t, "a sync passes", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		err = ep.Sync(ctx, peer)
		return err == nil
	})
}

// says expects an error of a kind with texts.
func says(t *testing.T, err, kind error, texts ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
	for _, text := range texts {
		if !strings.Contains(fmt.Sprint(err), text) {
			t.Errorf("got %v, want it to say %q", err, text)
		}
	}
}

// logged keeps what is logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits for a text in the log.
func (l *logged) await(t *testing.T, text string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("logged:\n%s", l)
		}
	}()
	eventually(t, "the log says "+text, func() bool { return strings.Contains(l.String(), text) })
}

// reasons notes why an endpoint lost its peers.
type reasons chan error

func newReasons() reasons { return make(reasons, 100) }

func (r reasons) observe(o lahja.Observation) {
	if o.Kind == lahja.Disconnected {
		r <- o.Err
	}
}

func (r reasons) next(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r:
		return err
	case <-limited(t).Done():
		t.Fatal("no peer was lost")
		return nil
	}
}
