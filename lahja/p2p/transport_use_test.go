package p2p_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// closing is a transport that counts what is open when it is closed, and how often it is.
type closing struct {
	p2p.Transport
	open   atomic.Int32 // listeners and connections
	closed atomic.Int32
	left   atomic.Int32 // what was open when it was closed
	fails  error
}

func newClosing() *closing { return &closing{Transport: memory.New()} }

func (c *closing) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := c.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return c.conn(conn), nil
}

func (c *closing) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := c.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &closingListener{Listener: l, of: c}, nil
}

func (c *closing) conn(conn net.Conn) net.Conn {
	c.open.Add(1)
	return &closingConn{Conn: conn, of: c}
}

func (c *closing) Close() error {
	c.closed.Add(1)
	c.left.Add(c.open.Load())
	return c.fails
}

type closingListener struct {
	net.Listener
	of   *closing
	once sync.Once
}

func (l *closingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.of.conn(conn), nil
}

func (l *closingListener) Close() error {
	defer l.once.Do(func() { l.of.open.Add(-1) })
	return l.Listener.Close()
}

type closingConn struct {
	net.Conn
	of   *closing
	once sync.Once
}

func (c *closingConn) Close() error {
	defer c.once.Do(func() { c.of.open.Add(-1) })
	return c.Conn.Close()
}

// wasClosed checks how often the transport has been closed, and that nothing was open then.
func (c *closing) wasClosed(t *testing.T, times int32) {
	t.Helper()
	if got := c.closed.Load(); got != times {
		t.Errorf("the transport was closed %d times, want %d", got, times)
	}
	if left := c.left.Load(); left != 0 {
		t.Errorf("the transport was closed while %d listeners and connections were open", left)
	}
}

var serverAt = lahja.ConnectionConfig{Name: "server", Address: "server"}

// connectedOver is a server and a client that are connected.
func connectedOver(t *testing.T, ofServer, ofClient p2p.Transport) (server, client *p2p.Endpoint) {
	t.Helper()
	server, err := p2p.ServeEndpoint(t.Context(), serverAt, &p2p.Options{Transport: ofServer})
	check(t, err)
	client, err = p2p.RunEndpoint(t.Context(), "client", &p2p.Options{Transport: ofClient})
	check(t, err)
	check(t, client.ConnectToEndpoints(t.Context(), serverAt))
	return server, client
}

// separate is two transports over the same network.
func separate() (a, b *closing) {
	a = newClosing()
	return a, &closing{Transport: a.Transport}
}

func TestTransportIsClosedWhenItsEndpointEnds(t *testing.T) {
	for name, end := range map[string]func(*p2p.Endpoint) error{
		"close":    (*p2p.Endpoint).Close,
		"shutdown": func(e *p2p.Endpoint) error { return e.Shutdown(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			ofServer, ofClient := separate()
			server, client := connectedOver(t, ofServer, ofClient)
			for _, e := range []*p2p.Endpoint{client, server} {
				check(t, errors.Join(end(e), e.Close())) // Once more is harmless.
				select {
				case <-e.Done():
				default:
					t.Errorf("%s has not ended", e.Name())
				}
			}
			ofClient.wasClosed(t, 1)
			ofServer.wasClosed(t, 1)
		})
	}
}

func TestSharedTransportIsClosedAfterTheLastEndpoint(t *testing.T) {
	shared := newClosing()
	server, client := connectedOver(t, shared, shared)
	check(t, client.Close())
	shared.wasClosed(t, 0)
	check(t, server.Close())
	shared.wasClosed(t, 1)
	server, client = connectedOver(t, shared, shared)
	check(t, errors.Join(server.Close(), client.Close()))
	shared.wasClosed(t, 2)
}

func TestTransportIsClosedWhereAnEndpointIsNotOpened(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, open := range map[string]func(*p2p.Options) error{
		"run": func(o *p2p.Options) error {
			_, err := p2p.RunEndpoint(ended, "one", o)
			return err
		},
		"bad name": func(o *p2p.Options) error {
			_, err := p2p.RunEndpoint(t.Context(), "a/b", o)
			return err
		},
		"serve": func(o *p2p.Options) error {
			l, err := o.Transport.(*closing).Transport.Listen(t.Context(), "server")
			check(t, err)
			defer l.Close()
			_, err = p2p.ServeEndpoint(t.Context(), serverAt, o)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			alone, used := newClosing(), newClosing()
			if err := open(&p2p.Options{Transport: alone}); err == nil {
				t.Fatal("it was opened")
			}
			alone.wasClosed(t, 1)
			user, err := p2p.RunEndpoint(t.Context(), "user", &p2p.Options{Transport: used})
			check(t, err)
			if err := open(&p2p.Options{Transport: used}); err == nil {
				t.Fatal("it was opened")
			}
			used.wasClosed(t, 0)
			check(t, user.Close())
			used.wasClosed(t, 1)
		})
	}
}

func TestTransportOfAnEndpointThatNeverRanIsClosed(t *testing.T) {
	transport := newClosing()
	e, err := p2p.New("idle", &p2p.Options{Transport: transport})
	check(t, err)
	check(t, e.Close())
	transport.wasClosed(t, 1)
}

func TestErrorOfClosingTheTransportIsReturned(t *testing.T) {
	transport := newClosing()
	transport.fails = errors.New("three sessions stay")
	for name, end := range map[string]func(*p2p.Endpoint) error{
		"close":    (*p2p.Endpoint).Close,
		"shutdown": func(e *p2p.Endpoint) error { return e.Shutdown(t.Context()) },
	} {
		e, err := p2p.RunEndpoint(t.Context(), "one", &p2p.Options{Transport: transport})
		check(t, err)
		if err := end(e); !errors.Is(err, transport.fails) {
			t.Errorf("%s: got %v, want %v", name, err, transport.fails)
		}
	}
}

func TestTransportIsClosedAfterAHandlerThatClosesItsEndpoint(t *testing.T) {
	for name, config := range map[string]lahja.SubscribeConfig{"handler": {}, "borrow": {Borrow: true}} {
		t.Run(name, func(t *testing.T) {
			ofServer, ofClient := separate()
			server, client := connectedOver(t, ofServer, ofClient)
			defer client.Close()
			_, err := lahja.Subscribe(server, func(context.Context, lahja.Event[Tick]) error {
				err := server.Close()
				ofServer.wasClosed(t, 0) // not before the handler has returned
				return err
			}, config)
			check(t, err)
			check(t, lahja.WaitUntilEndpointSubscribedTo[Tick](limited(t), client, "server"))
			check(t, lahja.Broadcast(limited(t), client, Tick{}))
			<-server.Done()
			ofServer.wasClosed(t, 1)
		})
	}
}

// stuckDial is a transport whose Dial goes on after its context has ended.
type stuckDial struct {
	*closing
	dialling, release chan struct{}
}

func (s stuckDial) Dial(context.Context, string) (net.Conn, error) {
	close(s.dialling)
	<-s.release
	return s.closing.Dial(context.Background(), "server")
}

func TestTransportIsNotClosedDuringADial(t *testing.T) {
	transport := newClosing()
	l, err := transport.Transport.Listen(t.Context(), "server")
	check(t, err)
	defer l.Close()
	stuck := stuckDial{transport, make(chan struct{}), make(chan struct{})}
	e, err := p2p.RunEndpoint(t.Context(), "client", &p2p.Options{Transport: stuck})
	check(t, err)
	connected := make(chan error, 1)
	go func() { connected <- e.ConnectToEndpoints(context.Background(), serverAt) }()
	<-stuck.dialling
	check(t, e.Close()) // It waits for no Dial that does not end with its context.
	transport.wasClosed(t, 0)
	close(stuck.release)
	if err := <-connected; !errors.Is(err, lahja.ErrLifecycle) {
		t.Errorf("connecting: got %v, want ErrLifecycle", err)
	}
	transport.wasClosed(t, 1)
}

// slowClose is a transport whose Close takes until released.
type slowClose struct {
	*closing
	release, gone chan struct{}
}

func (s slowClose) Close() error {
	<-s.release
	defer close(s.gone)
	return s.closing.Close()
}

func TestShutdownDoesNotWaitForATransportAfterItsContext(t *testing.T) {
	slow := slowClose{newClosing(), make(chan struct{}), make(chan struct{})}
	e, err := p2p.RunEndpoint(t.Context(), "one", &p2p.Options{Transport: slow})
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := e.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the transport has not closed", err)
	}
	select {
	case <-e.Done():
	default:
		t.Error("the endpoint has not ended")
	}
	close(slow.release)
	<-slow.gone
	slow.wasClosed(t, 1)
}
