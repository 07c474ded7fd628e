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
//	// Refused returns why the other side may not connect, nil where it may. It is
//	// asked of connections that come in, and must not wait.
//	Refused() error
//
// What somebody waits for is written with TryWrite. A *net.UnixConn and a *net.TCPConn
// may be written past their Write in the same way; no connection of another type is, one
// of these embedded in it or not. VerifyName is called on both sides, before an endpoint
// of the name is listed; one that fails is refused with its text. A connection that is
// Refused is told so, with the error's text, and closed; nothing is read from it.
type Transport interface {
	// Dial connects to the listener at address. Where none listens it may fail
	// at once (the endpoint tries again until its time is up) or wait for one
	// until ctx ends. An error that waiting cannot mend wraps fs.ErrInvalid or
	// fs.ErrPermission (of io/fs, so that a transport need not import this
	// package); the endpoint gives up at once and reports the former as
	// ErrInvalid. So may an error of a connection's first Write or Read, where the other
	// side says only then that it does not accept this one.
	Dial(ctx context.Context, address string) (net.Conn, error)
	// Listen listens at address. Closing the listener gives the address back
	// and makes Accept return an error; it leaves accepted connections alone.
	// An address that is in use is an error that names it, and that cannot be
	// used one that wraps fs.ErrInvalid.
	Listen(ctx context.Context, address string) (net.Listener, error)
}

// offers returns the connection, or the one in it that may be passed by, that has the
// methods of T.
func offers[T any](conn net.Conn) (with T, ok bool) {
	for {
		if with, ok = conn.(T); ok {
			return with, true
		}
		wrapper, wraps := conn.(bare)
		if !wraps {
			return with, false
		}
		conn = wrapper.BareConn()
	}
}

// verifyName asks a connection whether its other side may have the name.
func verifyName(conn net.Conn, name string) error {
	if v, ok := offers[interface{ VerifyName(name string) error }](conn); ok {
		return v.VerifyName(name)
	}
	return nil
}

// refusalOf asks a connection that came in whether it may stay.
func refusalOf(conn net.Conn) error {
	if r, ok := offers[interface{ Refused() error }](conn); ok {
		return r.Refused()
	}
	return nil
}
