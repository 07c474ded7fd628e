package transports

import (
	"context"
	"fmt"
	"io"
	"net"
	"sort"
	"sync"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// countingTransport knows which connections and listeners of a transport are
// open, so that a run can tell what it left behind without looking at the whole
// process, in which other runs go on.
type countingTransport struct {
	inner p2p.Transport
	at    place
	*tally
}

func counting(inner p2p.Transport, at place) *countingTransport {
	return &countingTransport{inner, at, &tally{}}
}

// As implements engine.Named: what is opened is counted together. Endpoints that share a transport
// must get equal ones, because that is closed when the last of them ends.
func (t *countingTransport) As(endpoint string) (p2p.Transport, error) {
	own := *t
	if named, ok := t.inner.(engine.Named); ok {
		inner, err := named.As(endpoint)
		if err != nil {
			return nil, err
		}
		own.inner = inner
	}
	if closer, ok := own.inner.(io.Closer); ok {
		return closingTransport{own, closer}, nil
	}
	return own, nil
}

// closingTransport is a countingTransport over one that is closed at the end.
type closingTransport struct {
	countingTransport
	io.Closer
}

// close ends what the transport itself holds open, if it is one that is closed.
func (t *countingTransport) close() error {
	if closer, ok := t.inner.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

func (t countingTransport) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.inner.Dial(t.at.in(ctx), address)
	if err != nil {
		return nil, err
	}
	return t.track(conn, "a connection dialled to ", address), nil
}

func (t countingTransport) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.inner.Listen(t.at.in(ctx), address)
	if err != nil {
		return nil, err
	}
	counted := &countedListener{Listener: l, transport: t, address: address}
	t.add(counted, "a listener at "+address)
	return counted, nil
}

// tally is what is open.
type tally struct {
	mu    sync.Mutex
	alive map[any]string
}

// open lists what has not been closed.
func (t *tally) open() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	leaks := make([]string, 0, len(t.alive))
	for _, what := range t.alive {
		leaks = append(leaks, fmt.Sprintf("descriptor: %s was not closed", what))
	}
	sort.Strings(leaks)
	return leaks
}

// ListenAddrs implements engine.ListensAt.
func (t *tally) ListenAddrs() []net.Addr {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []net.Addr
	for key := range t.alive {
		if l, ok := key.(*countedListener); ok {
			all = append(all, l.Addr())
		}
	}
	return all
}

func (t *tally) add(key any, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.alive == nil {
		t.alive = map[any]string{}
	}
	t.alive[key] = what
}

func (t *tally) remove(key any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.alive, key)
}

func (t countingTransport) track(conn net.Conn, how, address string) net.Conn {
	counted := &countedConn{Conn: conn, transport: t}
	t.add(counted, how+address)
	return counted
}

type countedListener struct {
	net.Listener
	transport countingTransport
	address   string
}

func (l *countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.transport.track(conn, "a connection accepted at ", l.address), nil
}

func (l *countedListener) Close() error {
	l.transport.remove(l)
	return l.Listener.Close()
}

type countedConn struct {
	net.Conn
	transport countingTransport
}

func (c *countedConn) Close() error {
	c.transport.remove(c)
	return c.Conn.Close()
}

// BareConn lets an endpoint write as it would to the connection that is not counted.
func (c *countedConn) BareConn() net.Conn { return c.Conn }
