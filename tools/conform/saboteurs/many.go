package saboteurs

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// listening is a transport that wraps each listener.
type listening struct {
	p2p.Transport
	wrap func(net.Listener) net.Listener
}

// listens returns a wrapper of transports that wraps their listeners.
func listens(wrap func(net.Listener) net.Listener) func(p2p.Transport) p2p.Transport {
	return func(t p2p.Transport) p2p.Transport { return listening{t, wrap} }
}

func (t listening) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return t.wrap(l), nil
}

// fewListener accepts no more connections while all its slots are in use.
type fewListener struct {
	net.Listener
	slots  chan struct{}
	once   *sync.Once
	closed chan struct{}
}

func few(n int) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener {
		return fewListener{l, make(chan struct{}, n), new(sync.Once), make(chan struct{})}
	}
}

func (l fewListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return closing(conn, func() { <-l.slots }), nil
}

func (l fewListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// closingConn calls a function when it is closed.
type closingConn struct {
	net.Conn
	closed func()
}

func closing(conn net.Conn, closed func()) net.Conn { return closingConn{conn, sync.OnceFunc(closed)} }

func (c closingConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// droppingListener closes incoming connections while its largest number are open.
type droppingListener struct {
	net.Listener
	most int
	open *shared[int]
}

func dropsAbove(most int) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener { return droppingListener{l, most, newShared(0)} }
}

func (l droppingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.get() >= l.most {
			_ = conn.Close() // Nobody is told.
			continue
		}
		l.open.change(func(n int) int { return n + 1 })
		return closing(conn, func() { l.open.change(func(n int) int { return n - 1 }) }), nil
	}
}

// hastyDials is a transport that loses a connection that is dialled while another one waits to be
// accepted.
type hastyDials struct {
	p2p.Transport
	waiting *shared[int]
}

func backlogOfOne(t p2p.Transport) p2p.Transport { return hastyDials{t, newShared(0)} }

func (t hastyDials) Dial(ctx context.Context, address string) (net.Conn, error) {
	alone := false
	t.waiting.change(func(n int) int {
		alone = n == 0
		return n + 1
	})
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil || !alone {
		t.waiting.change(func(n int) int { return n - 1 })
	} else {
		time.AfterFunc(5*time.Millisecond, func() { t.waiting.change(func(n int) int { return n - 1 }) })
	}
	if err != nil || alone {
		return conn, err
	}
	here, there := net.Pipe()
	return closing(here, func() {
		_ = there.Close()
		_ = conn.Close()
	}), nil
}

// fewDials is a transport that has only a few dialled connections open at once.
type fewDials struct {
	p2p.Transport
	slots chan struct{}
}

func dialsAtMost(n int) func(p2p.Transport) p2p.Transport {
	return func(t p2p.Transport) p2p.Transport { return fewDials{t, make(chan struct{}, n)} }
}

func (t fewDials) Dial(ctx context.Context, address string) (net.Conn, error) {
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		<-t.slots
		return nil, err
	}
	return closing(conn, func() { <-t.slots }), nil
}
