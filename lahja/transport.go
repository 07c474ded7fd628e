package lahja

import (
	"context"
	"net"
)

// Transport carries connections between endpoints. Any byte stream will do: the
// bus does framing, compression and limits itself. Both methods are called from
// several goroutines at once. As with any io.Writer, a connection's Write keeps nothing
// of what it is given once it has returned: that memory is used again.
//
// A connection may stay up for as long as the machine of the other side and the
// network between the two are there, and must fail soon when they are not, of itself:
// the bus gives up no peer for being slow, or for standing still.
//
// A connection may have these methods as well:
//
//	// TryWrite is Write that does not wait: it writes as much as it can now, which
//	// may be nothing. It is not called while a Write is.
//	TryWrite(b []byte) (n int, err error)
//	// BareConn returns the connection that this one wraps, and so says that it does
//	// nothing with what passes: that one's methods may be called instead.
//	BareConn() net.Conn
//	// VerifyName returns nil if the other side may have that name, which it has said,
//	// and otherwise an error that says why not, and what to do.
//	VerifyName(name string) error
//
// What somebody waits for is written with TryWrite. A *net.UnixConn and a *net.TCPConn
// may be written past their Write in the same way; no connection of another type is, one
// of these embedded in it or not. VerifyName is called on both sides, before an endpoint
// of the name is listed; one that fails is refused with its text.
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

// verifyName asks a connection whether its other side may have the name.
func verifyName(conn net.Conn, name string) error {
	for {
		if v, ok := conn.(interface{ VerifyName(name string) error }); ok {
			return v.VerifyName(name)
		}
		wrapper, ok := conn.(bare)
		if !ok {
			return nil
		}
		conn = wrapper.BareConn()
	}
}
