package real

import (
	"context"
	"net"
	"net/http"

	"github.com/coder/websocket"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// WebSocket carries each connection over a WebSocket of its own. An address is host:port.
// Nothing is shared, so it needs no Close.
//
// The transport beneath notices that a machine is gone. Behind a proxy that ends quiet WebSockets, you
// would also need websocket.Conn.Ping.
type WebSocket struct {
	over   p2p.Transport
	client *http.Client
}

// NewWebSocket makes a transport whose requests go over another transport.
func NewWebSocket(over p2p.Transport) WebSocket {
	return WebSocket{over: over, client: &http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, address string) (net.Conn, error) { return over.Dial(ctx, address) },
		DisableKeepAlives: true, // Nothing is left of a request that was refused.
	}}}
}

// Dial implements p2p.Transport.
func (t WebSocket) Dial(ctx context.Context, address string) (net.Conn, error) {
	ws, _, err := websocket.Dial(ctx, "ws://"+address, &websocket.DialOptions{HTTPClient: t.client})
	if err != nil {
		return nil, err
	}
	return asConn(ws), nil
}

// Listen implements p2p.Transport.
func (t WebSocket) Listen(ctx context.Context, address string) (net.Listener, error) {
	inner, err := t.over.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	l := &webListener{Listener: inner, conns: make(chan net.Conn), served: make(chan struct{})}
	l.open, l.shut = context.WithCancel(context.Background())
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: handshakeTimeout}
	go func() {
		defer close(l.served)
		_ = l.server.Serve(inner) // It ends when the server is closed.
	}()
	return l, nil
}

// webListener is a web server that makes a WebSocket of every request.
type webListener struct {
	net.Listener
	server *http.Server
	conns  chan net.Conn
	open   context.Context
	shut   context.CancelFunc
	served chan struct{}
}

// ServeHTTP implements http.Handler. Each request has a goroutine, so Accept waits for none.
func (l *webListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // The dialler has got the reason.
	}
	select {
	case l.conns <- asConn(ws):
	case <-l.open.Done():
		_ = ws.CloseNow()
	}
}

// Accept implements net.Listener.
func (l *webListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.open.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. The server does not close requests that became WebSockets.
func (l *webListener) Close() error {
	l.shut()
	err := l.server.Close()
	<-l.served
	return err
}

// webConn is a connection over a WebSocket.
type webConn struct {
	net.Conn
	ws *websocket.Conn
}

// asConn makes a stream of a WebSocket. It does not limit messages: each write is one.
func asConn(ws *websocket.Conn) net.Conn {
	return webConn{websocket.NetConn(context.Background(), ws, websocket.MessageBinary), ws}
}

// Close implements net.Conn. It skips the closing handshake, which would wait up to ten seconds for
// the other side. TCP delivers what was written, and then the end of the stream.
func (c webConn) Close() error { return c.ws.CloseNow() }
