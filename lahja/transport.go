package lahja

import (
	"context"
	"net"
)

// Transport carries connections between endpoints. Any byte stream will do: the
// bus does framing, compression and limits itself. Both methods are called from
// several goroutines at once. As with any io.Writer, a connection's Write keeps nothing
// of what it is given once it has returned: that memory is used again. A *net.UnixConn
// and a *net.TCPConn may be written past their Write; a connection of any other type,
// one of these embedded in it or not, is not, unless it returns one by a method
// BareConn() net.Conn, and so says that it does nothing with what passes.
type Transport interface {
	// Dial connects to the listener at address. Where none listens it may fail
	// at once (the endpoint tries again until its time is up) or wait for one
	// until ctx ends. An error that waiting cannot mend wraps fs.ErrInvalid or
	// fs.ErrPermission (of io/fs, so that a transport need not import this
	// package); the endpoint gives up at once and reports the former as
	// ErrInvalid.
	Dial(ctx context.Context, address string) (net.Conn, error)
	// Listen listens at address. Closing the listener gives the address back
	// and makes Accept return an error; it leaves accepted connections alone.
	// An address that is in use is an error that names it, and that cannot be
	// used one that wraps fs.ErrInvalid.
	Listen(ctx context.Context, address string) (net.Listener, error)
}
