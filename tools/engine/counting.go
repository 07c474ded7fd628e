package engine

import (
	"context"
	"fmt"
	"net"
	"sort"
	"sync"

	"github.com/lahja/go-lahja/lahja"
)

// countingTransport knows which connections and listeners of a transport are
// open, so that a run can tell what it left behind without looking at the whole
// process, in which other runs go on.
type countingTransport struct {
	inner lahja.Transport
	*tally
}

func counting(inner lahja.Transport) *countingTransport { return &countingTransport{inner, &tally{}} }

// As implements Named: what is opened is counted together.
func (t *countingTransport) As(endpoint string) (lahja.Transport, error) {
	inner, err := As(t.inner, endpoint)
	if err != nil {
		return nil, err
	}
	return &countingTransport{inner, t.tally}, nil
}

func (t *countingTransport) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.inner.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return t.track(conn, "a connection dialled to ", address), nil
}

func (t *countingTransport) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.inner.Listen(ctx, address)
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

func (t *countingTransport) track(conn net.Conn, how, address string) net.Conn {
	counted := &countedConn{Conn: conn, transport: t}
	t.add(counted, how+address)
	return counted
}

type countedListener struct {
	net.Listener
	transport *countingTransport
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
	transport *countingTransport
}

func (c *countedConn) Close() error {
	c.transport.remove(c)
	return c.Conn.Close()
}

// BareConn lets an endpoint write as it would without somebody who counts.
func (c *countedConn) BareConn() net.Conn { return c.Conn }
