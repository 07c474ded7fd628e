package lahja

import (
	"errors"
	"net"
	"syscall"

	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// direct returns a way to write to a connection without waiting. It is nil if there is
// none: the connection is not the system's, or is of a type that may change what is
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

// bareConn returns the connection that may be used instead of conn.
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

// offerDirect writes a frame that somebody waits for at once if nothing waits before it,
// and queues it otherwise.
func (p *peer) offerDirect(f *sendq.Frame) sendq.Outcome {
	outcome, finished := p.out.WriteOrOffer(f)
	if finished {
		p.partly(saidGoodbye)
	}
	return outcome
}
