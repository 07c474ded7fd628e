package lahja

import (
	"errors"
	"net"
	"syscall"

	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// direct is how to write to a connection without waiting, nil where that cannot be
// done: it is none of the system's, or of a type that may do something with what is
// written.
func direct(conn net.Conn) sendq.TryWriter {
	conn = bareConn(conn)
	if w, ok := conn.(sendq.TryWriter); ok {
		return w
	}
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	}
	if raw == nil || err != nil || !canTryWrite {
		return nil
	}
	return newDirectWriter(raw)
}

// bareConn is the connection itself of one that may be passed by.
func bareConn(conn net.Conn) net.Conn {
	for c, ok := conn.(bare); ok; c, ok = conn.(bare) {
		conn = c.BareConn()
	}
	return conn
}

// directWriter is the sendq.TryWriter of a socket.
type directWriter struct {
	raw   syscall.RawConn
	tries func(fd uintptr) bool // try
	bytes []byte
	n     int // how much of them was written
	err   error
}

func newDirectWriter(raw syscall.RawConn) *directWriter {
	d := &directWriter{raw: raw}
	d.tries = d.try
	return d
}

// TryWrite writes as much as there is room for.
func (d *directWriter) TryWrite(b []byte) (n int, err error) {
	d.bytes, d.n, d.err = b, 0, nil
	tried := d.raw.Write(d.tries)
	d.bytes = nil
	if tried != nil {
		return d.n, errors.Join(d.err, tried)
	}
	return d.n, d.err
}

// offerDirect writes a frame that somebody waits for at once, if nothing waits before it, and
// queues it otherwise.
func (p *peer) offerDirect(f *sendq.Frame) sendq.Outcome {
	outcome, finished := p.out.WriteOrOffer(f)
	if finished {
		p.partly(saidGoodbye)
	}
	return outcome
}
