package lahja

import (
	"errors"
	"net"
	"slices"
	"syscall"
)

// A frame for which somebody waits (a request, an answer, a sync) is written by who
// queues it, where nothing else waits to be written: two goroutines' turns less on the
// way there and back. It is written as far as the socket takes it without waiting; the
// rest is the writer's.

// tryWriter is a connection that can be written to without waiting: it writes what it
// can, which may be nothing. One goroutine at a time calls it. See Transport.
type tryWriter interface {
	TryWrite(b []byte) (n int, err error)
}

// direct is how to write to a connection without waiting, nil where that cannot be
// done: it is none of the system's, or of a type that may do something with what is
// written.
func direct(conn net.Conn) tryWriter {
	conn = bareConn(conn)
	if w, ok := conn.(tryWriter); ok {
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

// bare is a connection that does nothing with what passes, and may be passed by.
type bare interface{ BareConn() net.Conn }

// bareConn is the connection itself of one that may be passed by.
func bareConn(conn net.Conn) net.Conn {
	for c, ok := conn.(bare); ok; c, ok = conn.(bare) {
		conn = c.BareConn()
	}
	return conn
}

// directWriter is the tryWriter of a socket.
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

// offerDirect is offer for a frame for which somebody waits.
func (p *peer) offerDirect(f *outFrame) fate {
	if p.direct == nil {
		return p.out.offer(f)
	}
	fate, writes := p.out.claim(f)
	if writes {
		p.writeDirect(f)
	}
	return fate
}

func (p *peer) writeDirect(f *outFrame) {
	n, err := p.direct.TryWrite(f.bytes)
	if err != nil {
		p.unwritable(err)
	}
	if p.out.unclaim(f, n, err == nil) {
		p.partly(saidGoodbye)
	}
}

// claim queues a frame as offer does. With writes true it is not queued: who called
// is the writer, writes it, and calls unclaim.
func (q *outbox) claim(f *outFrame) (fate fate, writes bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.writing || len(q.frames) > 0 || q.stale || !q.greeted || q.sealed || q.closed {
		return q.offerLocked(f), false
	}
	if fate = q.passLocked(f); fate != queued {
		return fate, false
	}
	q.countLocked(f)
	if !f.control {
		q.atHand = 1
	}
	q.writing = true
	return queued, true
}

// unclaim is told how much of the frame was written, and leaves the rest, and what has
// been queued meanwhile, to a writer. It tells whether the last frame ever was written.
func (q *outbox) unclaim(f *outFrame, written int, intact bool) (flushed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	atHand := q.atHand
	q.atHand = 0
	switch {
	case q.closed:
		if intact && written == len(f.bytes) {
			q.waiting -= f.limited
		}
	case written < len(f.bytes):
		rest := &outFrame{bytes: slices.Clone(f.bytes[written:]), limited: f.limited, control: f.control, request: true}
		q.frames = append([]*outFrame{rest}, q.frames...)
		q.events += atHand
		if rest.control {
			q.control += len(rest.bytes) + frameCost
		}
	default:
		q.waiting -= f.limited
		q.admitLocked()
	}
	if q.closed || len(q.frames) == 0 && !q.stale {
		q.restLocked()
		return q.sealed && q.goodbye == nil && !q.closed
	}
	q.start()
	return false
}

// restLocked notes that nobody writes.
func (q *outbox) restLocked() {
	q.writing = false
	q.ended.Broadcast()
}
