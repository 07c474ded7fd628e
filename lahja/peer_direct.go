package lahja

import "syscall"

// A frame for which somebody waits (a request, an answer, a sync) is written by who
// queues it, where nothing else waits to be written: two goroutines' turns less on the
// way there and back. It is written as far as the socket takes it without waiting; the
// rest is the writer's.

// direct is how to write to a connection without waiting, nil where that cannot be
// done: it is none of the system's, or it is wrapped.
func direct(conn any) syscall.RawConn {
	c, ok := conn.(syscall.Conn)
	if !ok || !canTryWrite {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// offerDirect is offer for a frame for which somebody waits.
func (p *peer) offerDirect(f *outFrame) fate {
	if p.raw == nil {
		return p.out.offer(f)
	}
	fate, writes := p.out.claim(f)
	if writes {
		p.writeDirect(f)
	}
	return fate
}

func (p *peer) writeDirect(f *outFrame) {
	n, err := tryWrite(p.raw, f.bytes)
	if err != nil {
		p.fail(p.endpoint.connectionError(p.name, "write", err))
	}
	if n > 0 && !f.control {
		p.progress.Add(1)
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
	q.writing = true // so that offering starts nobody
	if fate = q.offerLocked(f); fate != queued {
		q.restLocked()
		return fate, false
	}
	q.frames = q.frames[:0]
	q.events, q.atHand = 0, q.events
	q.control = 0
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
		rest := &outFrame{bytes: f.bytes[written:], limited: f.limited, control: f.control, request: true}
		q.frames = append([]*outFrame{rest}, q.frames...)
		q.events += atHand
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
