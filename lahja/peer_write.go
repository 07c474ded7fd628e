package lahja

import "sync"

// writeBuffer is how much is coalesced into one write. Larger frames are
// written as they are.
const writeBuffer = 64 << 10

// writeRun is from what length on a run of events is written as it is too: where it costs
// more to copy it than to write once more.
const writeRun = 16 << 10

// writeBuffers are shared: a connection that is idle holds none.
var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, writeBuffer); return &b }}

// write sends what is queued, and ends when nothing is. At most one runs per
// peer; it is started by the outbox.
func (p *peer) write() {
	defer p.endpoint.work.ends()
	var batch []*outFrame
	for {
		next, stale, flushed, ok := p.out.take(batch)
		if !ok {
			if flushed {
				p.partly(saidGoodbye)
			}
			return
		}
		batch = next
		if err := p.writeBatch(batch, stale); err != nil {
			p.unwritable(err)
			continue
		}
		dropRuns(batch)
	}
}

// dropRuns lets the memory of runs that were written be used again.
func dropRuns(batch []*outFrame) {
	for _, f := range batch {
		if f.segment != nil {
			f.segment.drop()
		}
	}
}

func (p *peer) writeBatch(batch []*outFrame, stale bool) error {
	greeting := p.greeting
	p.greeting = nil
	if len(batch) == 1 && !stale && greeting == nil {
		_, err := p.conn.Write(batch[0].bytes)
		if err == nil {
			p.out.wrote(batch[0].limited)
		}
		return err
	}
	w := coalescer{peer: p, buffer: writeBuffers.Get().(*[]byte)}
	defer w.release()
	if greeting != nil {
		w.add(&outFrame{bytes: greeting, control: true})
	}
	if stale {
		w.add(&outFrame{bytes: p.endpoint.core.appendOwn(nil, &p.described), control: true})
	}
	for _, f := range batch {
		w.add(f)
	}
	return w.flush()
}

// coalescer gathers frames into large writes. Its first error sticks.
type coalescer struct {
	peer    *peer
	buffer  *[]byte
	limited int
	err     error
}

func (w *coalescer) add(f *outFrame) {
	whole := len(f.bytes) > writeBuffer || f.segment != nil && len(f.bytes) >= writeRun
	if whole || len(*w.buffer)+len(f.bytes) > writeBuffer {
		w.flush()
	}
	if whole {
		w.write(f.bytes, f.limited)
		return
	}
	*w.buffer = append(*w.buffer, f.bytes...)
	w.limited += f.limited
}

func (w *coalescer) flush() error {
	w.write(*w.buffer, w.limited)
	*w.buffer, w.limited = (*w.buffer)[:0], 0
	return w.err
}

// write makes room in the queue only if it succeeds: what waits for room must
// not go into the queue of a connection that has ended.
func (w *coalescer) write(b []byte, limited int) {
	if w.err != nil || len(b) == 0 {
		return
	}
	if _, w.err = w.peer.conn.Write(b); w.err == nil {
		w.peer.out.wrote(limited)
	}
}

func (w *coalescer) release() { writeBuffers.Put(w.buffer) }
