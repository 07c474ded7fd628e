package p2p

import (
	"context"
	"net"
)

// Transport carries connections between endpoints. Any ordered, reliable stream of bytes
// will do: the bus does framing, compression, limits and flow control itself. Package
// conform tests a transport, and docs/transports.md explains the rules and shows an example.
// Endpoints call both methods from several goroutines at once.
//
// # Connections
//
// The bus reads a connection on one goroutine and writes it on another, and calls Close while
// both may be under way. It sets no deadlines, except on a *net.TCPConn and a
// *net.UnixConn. It uses connections as map keys, so they must be comparable, as pointers are.
//
//   - Write waits for room, however long that takes. It keeps nothing of its buffer after it
//     has returned, because the bus uses that memory again.
//   - Close is prompt, for whatever the other side does: it takes milliseconds rather than
//     seconds. It unblocks Read and Write. What was written before it still reaches the other
//     side, and then that side's Read fails, with io.EOF for example. About one second after
//     Close no goroutine and no descriptor of the connection is left.
//   - A connection stays up for as long as the machine of the other side and the network
//     between the two exist, also when nothing is sent: whatever ends quiet connections
//     needs a keep-alive. A process that is slow or stopped has not gone. The bus does not
//     give up a peer for that, and neither may the connection.
//   - When the machine or the network has gone, Read fails soon. The bus has no timeout that
//     would notice. The error is passed on to callers that wait for the peer, so it should say
//     what happened.
//
// # Sessions that connections share
//
// A transport may carry many connections over one session, or have something else that
// outlives a connection. It then implements io.Closer. The last endpoint that uses it closes
// it, in Close or Shutdown, after its listener and its connections. So does an endpoint that
// fails to open, unless another one uses the transport. Endpoints use the same transport if
// Options.Transport is equal (==). Close delivers what closed connections have written, and
// leaves nothing behind, within about a second: Endpoint.Close waits for it, and Shutdown does
// until its context ends. The transport may be given to another endpoint afterwards, and
// must then work again. To keep it open, hide the method in a struct{ p2p.Transport }, and
// close it when no endpoint uses it any more.
//
// # Optional methods of a connection
//
//	// TryWrite is Write that does not wait. It writes as much as it can now, which
//	// may be nothing. It is not called while a Write is.
//	TryWrite(b []byte) (n int, err error)
//	// BareConn returns the connection that this one wraps. It says that this one does
//	// nothing with the bytes, so that the methods of that one may be called instead.
//	BareConn() net.Conn
//	// VerifyName returns nil if the other side may have the name that it has said.
//	// Otherwise it returns an error that says why not, and what to do.
//	VerifyName(name string) error
//	// Refused returns why the other side may not connect, or nil if it may. It is
//	// called for connections that were accepted, and must not wait.
//	Refused() error
//
// The bus uses TryWrite for what a request waits for. It writes to a *net.UnixConn and a
// *net.TCPConn in the same way, if they are not embedded in another type. It calls VerifyName
// on both sides before it lists the peer, and refuses the peer with the error's text if there
// is one. It tells a connection that is Refused so, with the error's text, reads nothing
// from it, and closes it.
type Transport interface {
	// Dial connects to the listener at address. If nobody listens there, Dial may fail at
	// once, and the endpoint tries again until its time is up, or wait until somebody does.
	// It returns when ctx ends, with an error that also says what stood in the way. The
	// connection that it returns does not depend on ctx.
	//
	// If trying again is useless, the error wraps fs.ErrInvalid or fs.ErrPermission (of
	// package io/fs, so that a transport need not import this one). The endpoint then
	// gives up at once, and reports the former as ErrInvalid. An error of a connection's
	// first Write or Read may wrap them too, if the other side says only then that it does
	// not accept the connection.
	Dial(ctx context.Context, address string) (net.Conn, error)
	// Listen listens at address. If the address is in use, the error says so and names it.
	// If it cannot be used at all, the error wraps fs.ErrInvalid.
	//
	// Accept must not wait for what the other side of one connection says, because
	// others wait behind it: a handshake belongs in the connection's first Read or Write,
	// or on a goroutine. The endpoint logs an error of Accept and calls it again after a
	// pause of 5 ms to 1 s. Closing the listener makes Accept return net.ErrClosed and
	// gives the address back. It leaves accepted connections alone.
	Listen(ctx context.Context, address string) (net.Listener, error)
}

// bare is a connection that passes bytes on unchanged, so that it may be bypassed.
type bare interface{ BareConn() net.Conn }

// offers returns conn, or the connection within it that may be used instead, if it has the
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

// verifyName returns an error if the connection knows that the other side may not have this
// name.
func verifyName(conn net.Conn, name string) error {
	if v, ok := offers[interface{ VerifyName(name string) error }](conn); ok {
		return v.VerifyName(name)
	}
	return nil
}

// refusalOf returns why an incoming connection may not stay, or nil.
func refusalOf(conn net.Conn) error {
	if r, ok := offers[interface{ Refused() error }](conn); ok {
		return r.Refused()
	}
	return nil
}
