package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	// idleBuffer is what a connection holds on which little arrives.
	idleBuffer = 4 << 10
	// busyBuffer is what one borrows on which much does: twice what is coalesced into
	// a write, so that most frames can be returned from where they were read to.
	busyBuffer = 128 << 10
	// readAhead is how much is allocated before a byte of it has arrived; from
	// there on as much again as has arrived. It is no less than what a buffer can hold
	// of a frame that does not fit one.
	readAhead = busyBuffer
	// keepLarge is the most that is kept for the next frame that fits no buffer: what a
	// payload of 4 MiB takes with its head. New memory for each would take more than half as long
	// as all else that is done with it; of larger ones it takes a tenth, which is not
	// worth what would be held.
	keepLarge = 4<<20 + 64<<10
)

// Both are shared: a connection that is idle holds none. What nobody borrows for a while is
// collected.
var (
	busyBuffers  = sync.Pool{New: func() any { b := make([]byte, busyBuffer); return &b }}
	largeBuffers = sync.Pool{New: func() any { b := make([]byte, readAhead); return &b }}
)

// Reader reads frames. It is for one goroutine.
type Reader struct {
	in     io.Reader
	buffer []byte // idle's or busy's
	start  int    // what was read and not returned is buffer[start:end]
	end    int
	latest int // how much the last read returned
	idle   []byte
	busy   *[]byte
	large  []byte // of the last frame, if that fitted no buffer; it is given back
	begun  begun  // the one that is being read
	holds  func(int)
}

// begun is a frame that fits no buffer, of whose body some was read.
type begun struct {
	kind Kind
	size int    // of the body; 0 for no such frame
	body []byte // grows with what arrives
	have int    // of it
}

// NewReader returns a reader of the frames in r.
func NewReader(r io.Reader) *Reader {
	idle := make([]byte, idleBuffer)
	return &Reader{in: r, buffer: idle, idle: idle}
}

// OnHold has holds told how many bytes are held for a frame of which not all has arrived,
// whenever that changes. It is called by Next, and must not wait.
func (r *Reader) OnHold(holds func(bytes int)) { r.holds = holds }

func (r *Reader) hold(bytes int) {
	if r.holds != nil {
		r.holds(bytes)
	}
}

// Next returns the next frame: its kind, and what follows the kind, which is valid
// until the next call. Limit is the most bytes of a body (the kind included); kinds
// other than Event have a smaller one of their own besides. What is larger is
// ErrTooLarge, before anything is allocated for it.
//
// It returns io.EOF when the stream ends between two frames, and an error that
// wraps io.ErrUnexpectedEOF when it ends within one. After an error of the stream's that
// passes, such as that of a deadline, it can be called again, and goes on where it was;
// after any other one the stream has lost its place and the reader is of no more use.
func (r *Reader) Next(limit int) (Kind, []byte, error) {
	if r.begun.size > 0 {
		return r.goOn()
	}
	r.settle()
	if err := r.need(4); err != nil {
		if errors.Is(err, io.EOF) && r.end > r.start {
			return 0, nil, fmt.Errorf("wire: the stream ends within a frame's length: %w", io.ErrUnexpectedEOF)
		}
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(r.buffer[r.start:])
	if size == 0 {
		return 0, nil, fmt.Errorf("%w: a frame of length 0", ErrMalformed)
	}
	if uint64(size) > uint64(max(limit, 0)) {
		return 0, nil, fmt.Errorf("%w: a frame of %d bytes, the limit is %d", ErrTooLarge, size, limit)
	}
	if err := r.need(5); err != nil {
		return 0, nil, within(err)
	}
	kind := Kind(r.buffer[r.start+4])
	if !kind.valid() {
		return 0, nil, fmt.Errorf("%w: a frame of unknown kind %d", ErrMalformed, byte(kind))
	}
	if own := limitOf(kind); uint64(size) > uint64(own) {
		return 0, nil, fmt.Errorf("%w: a %s frame of %d bytes, the limit is %d", ErrTooLarge, kind, size, own)
	}
	n := int(size) - 1
	if 5+n > busyBuffer {
		r.begin(kind, n)
		return r.goOn()
	}
	if err := r.need(5 + n); err != nil {
		return 0, nil, within(err)
	}
	body := r.buffer[r.start+5 : r.start+5+n : r.start+5+n]
	r.start += 5 + n
	return kind, body, nil
}

// Ready tells whether Next returns without waiting: a whole frame, or the error of
// half of one, is there already.
func (r *Reader) Ready() bool {
	have := r.buffer[r.start:r.end]
	return len(have) > 4 && uint64(len(have)-4) >= uint64(binary.BigEndian.Uint32(have))
}

// Leave makes the reader go on in other memory: what it has returned stays as it is.
func (r *Reader) Leave() {
	r.large, r.busy = nil, nil // never used again, as somebody may refer to them
	rest := r.buffer[r.start:r.end]
	r.idle = make([]byte, idleBuffer)
	if r.buffer = r.idle; len(rest) > idleBuffer {
		r.busy = busyBuffers.Get().(*[]byte)
		r.buffer = *r.busy
	}
	r.start, r.end = 0, copy(r.buffer, rest)
}

// settle gives the memory of a large frame back, and the busy buffer when everything was
// returned and little arrives.
func (r *Reader) settle() {
	if r.large != nil {
		large := r.large
		largeBuffers.Put(&large)
		r.large = nil
	}
	if r.start != r.end {
		return
	}
	r.start, r.end = 0, 0
	if r.busy != nil && r.latest < idleBuffer {
		busyBuffers.Put(r.busy)
		r.busy, r.buffer = nil, r.idle
	}
}

// need is fill, but does nothing where n bytes are there already.
func (r *Reader) need(n int) error {
	if r.end-r.start >= n {
		return nil
	}
	return r.fill(n)
}

// fill reads until there are n bytes, which fit the busy buffer.
func (r *Reader) fill(n int) error {
	for r.end-r.start < n {
		if r.busy == nil && (n > len(r.buffer) || r.latest == len(r.buffer)) {
			r.busy = busyBuffers.Get().(*[]byte)
			r.end = copy(*r.busy, r.buffer[r.start:r.end])
			r.start, r.buffer = 0, *r.busy
		}
		if r.start > 0 && len(r.buffer)-r.start < n {
			r.end = copy(r.buffer, r.buffer[r.start:r.end])
			r.start = 0
		}
		got, err := r.in.Read(r.buffer[r.end:])
		r.latest = got
		r.end += got
		if err != nil && r.end-r.start < n {
			return err
		}
	}
	return nil
}

// begin begins with a body of n bytes that fits no buffer.
func (r *Reader) begin(kind Kind, n int) {
	body := *largeBuffers.Get().(*[]byte)
	body = body[:min(n, cap(body))]
	r.start += 5
	have := copy(body, r.buffer[r.start:r.end])
	r.start += have
	r.begun = begun{kind: kind, size: n, body: body, have: have}
	r.hold(cap(body))
}

// goOn reads the rest of it.
func (r *Reader) goOn() (Kind, []byte, error) {
	b := &r.begun
	for {
		got, err := io.ReadFull(r.in, b.body[b.have:])
		if b.have += got; err != nil {
			return 0, nil, within(err)
		}
		if b.have == b.size {
			break
		}
		grown := make([]byte, min(b.size, 2*b.have))
		copy(grown, b.body)
		b.body = grown
		r.hold(cap(grown))
	}
	kind, body := b.kind, b.body
	r.begun = begun{}
	r.hold(0)
	if cap(body) <= keepLarge {
		r.large = body
	}
	return kind, body, nil
}

// within says that an end of the stream is not where one may be.
func within(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("wire: the stream ends within a frame: %w", io.ErrUnexpectedEOF)
	}
	return err
}
