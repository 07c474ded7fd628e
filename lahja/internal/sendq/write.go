package sendq

import (
	"fmt"
	"io"
	"sync"
)

const (
	// WriteBuffer is how much is gathered into one write, in bytes. Larger frames are written
	// as they are.
	WriteBuffer = 64 << 10
	// writeSpan is from what length on a span is written as it is too: copying it costs more
	// than one more write.
	writeSpan = 16 << 10
)

// writeBuffers are shared: an idle connection holds none.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, WriteBuffer); return &b }}

// Write writes what waits, and returns when nothing does. It reports whether the last frame
// (Seal) was written. Only the goroutine that Config.Start asked for calls it.
func (q *Queue) Write() (finished bool) {
	var batch []*Frame
	for {
		next, stale, finished, ok := q.take(batch)
		if !ok {
			return finished
		}
		batch = next
		if err := q.writeBatch(batch, q.cfg.Prelude(stale)); err != nil {
			q.cfg.Failed(err)
			continue
		}
		releaseSpans(batch)
	}
}

// take hands everything that waits to the writer; a queue that Evicts hands over only as
// much as is written at once. With ok false there is nothing, and the writer ends.
func (q *Queue) take(done []*Frame) (batch []*Frame, stale, finished, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if cap(done) > 0 && cap(done) <= keepFrames {
		clear(done)
		q.spare = done[:0]
	}
	q.writing = 0
	if q.closed || (len(q.frames) == 0 && !q.stale) {
		if cap(q.frames) > idleFrames {
			q.frames = nil
		}
		if cap(q.spare) > idleFrames {
			q.spare = nil
		}
		return nil, false, q.restLocked(), false
	}
	q.greeted = true
	q.arena, q.arenas = nil, 0
	stale, q.stale = q.stale, false
	if q.cfg.Evicts {
		return q.takeSomeLocked(), stale, false, true
	}
	batch = q.frames
	q.frames, q.spare, q.control = q.spare, nil, 0
	q.holdLocked()
	q.events, q.writing = 0, q.events
	return batch, stale, false, true
}

// takeSomeLocked takes at least one frame, and no more than is written at once: what the
// writer has cannot be dropped, and would stand in the way of newer events.
func (q *Queue) takeSomeLocked() []*Frame {
	n := 0
	for size := 0; n < len(q.frames) && (n == 0 || size+len(q.frames[n].Bytes) <= WriteBuffer); n++ {
		switch f := q.frames[n]; {
		case !f.Control:
			q.writing++
			size += len(f.Bytes)
		case f == gap:
			q.gaps--
		default:
			q.control -= len(f.Bytes) + frameCost
			size += len(f.Bytes)
		}
	}
	batch := append(q.spare, q.frames[:n]...)
	q.spare = nil
	q.holdLocked()
	left := copy(q.frames, q.frames[n:])
	clear(q.frames[left:])
	q.frames = q.frames[:left]
	q.events -= q.writing
	q.oldest = max(0, q.oldest-n)
	return batch
}

func (q *Queue) writeBatch(batch []*Frame, prelude []byte) error {
	if len(batch) == 1 && prelude == nil {
		return q.writeOut(batch[0].Bytes, batch[0].Limited)
	}
	c := coalescer{queue: q, buffer: writeBuffers.Get().(*[]byte)}
	defer c.release()
	if prelude != nil {
		c.add(&Frame{Bytes: prelude, Control: true})
	}
	for _, f := range batch {
		c.add(f)
	}
	return c.flush()
}

// writeOut writes bytes, and makes room for what waits only if it succeeds: once the connection
// has ended, nothing that waits may enter the queue. A transport that takes a part without an
// error breaks the rules of io.Writer, and its error names it: what follows would be read as
// something else.
func (q *Queue) writeOut(b []byte, limited int) error {
	n, err := q.cfg.Conn.Write(b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("the transport's Write took %d of %d bytes: %w", n, len(b), io.ErrShortWrite)
	}
	if err == nil {
		q.wrote(limited)
	}
	return err
}

// wrote makes room for what waits.
func (q *Queue) wrote(limited int) {
	if limited == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting -= limited
	if !q.closed {
		q.advanceLocked()
	}
}

// coalescer gathers frames into large writes. Its first error sticks.
type coalescer struct {
	queue   *Queue
	buffer  *[]byte
	limited int
	err     error
}

func (c *coalescer) add(f *Frame) {
	whole := len(f.Bytes) > WriteBuffer || f.arena != nil && len(f.Bytes) >= writeSpan
	if whole || len(*c.buffer)+len(f.Bytes) > WriteBuffer {
		c.flush()
	}
	if whole {
		c.write(f.Bytes, f.Limited)
		return
	}
	*c.buffer = append(*c.buffer, f.Bytes...)
	c.limited += f.Limited
}

func (c *coalescer) flush() error {
	c.write(*c.buffer, c.limited)
	*c.buffer, c.limited = (*c.buffer)[:0], 0
	return c.err
}

func (c *coalescer) write(b []byte, limited int) {
	if c.err == nil && len(b) > 0 {
		c.err = c.queue.writeOut(b, limited)
	}
}

func (c *coalescer) release() { writeBuffers.Put(c.buffer) }
