package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	// readBuffer is what an idle connection costs. Larger bodies bypass it.
	readBuffer = 8 << 10
	// readAhead is how much is allocated before a byte of it has arrived; from
	// there on as much again as has arrived.
	readAhead = 64 << 10
)

// Reader reads frames. It is for one goroutine.
type Reader struct {
	r       *bufio.Reader
	scratch []byte
}

// NewReader returns a reader of the frames in r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, readBuffer)} }

// Next returns the next frame: its kind, and what follows the kind. Limit is the
// most bytes of a body (the kind included); kinds other than Event have
// a smaller one of their own besides. What is larger is ErrTooLarge, before anything
// is allocated for it.
//
// The bytes of an Event are the caller's for good; those of every other kind are
// valid until the next call.
//
// It returns io.EOF when the stream ends between two frames, and an error that
// wraps io.ErrUnexpectedEOF when it ends within one. After any error the stream
// has lost its place and the reader is of no more use.
func (r *Reader) Next(limit int) (Kind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r.r, head[:4]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, fmt.Errorf("wire: the stream ends within a frame's length: %w", err)
		}
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size == 0 {
		return 0, nil, fmt.Errorf("%w: a frame of length 0", ErrMalformed)
	}
	if uint64(size) > uint64(max(limit, 0)) {
		return 0, nil, fmt.Errorf("%w: a frame of %d bytes, the limit is %d", ErrTooLarge, size, limit)
	}
	if _, err := io.ReadFull(r.r, head[4:]); err != nil {
		return 0, nil, within(err)
	}
	kind := Kind(head[4])
	if !kind.valid() {
		return 0, nil, fmt.Errorf("%w: a frame of unknown kind %d", ErrMalformed, head[4])
	}
	if own := limitOf(kind); uint64(size) > uint64(own) {
		return 0, nil, fmt.Errorf("%w: a %s frame of %d bytes, the limit is %d", ErrTooLarge, kind, size, own)
	}
	body, err := r.body(kind, int(size)-1)
	if err != nil {
		return 0, nil, within(err)
	}
	return kind, body, nil
}

// body reads n bytes, into scratch memory where the kind allows it.
func (r *Reader) body(kind Kind, n int) ([]byte, error) {
	if kind != Event && n <= MaxHello {
		if cap(r.scratch) < n {
			r.scratch = make([]byte, n, max(n, 64))
		}
		_, err := io.ReadFull(r.r, r.scratch[:n])
		return r.scratch[:n], err
	}
	body := make([]byte, min(n, readAhead))
	for have := 0; ; {
		if _, err := io.ReadFull(r.r, body[have:]); err != nil {
			return nil, err
		}
		if have = len(body); have == n {
			return body, nil
		}
		grown := make([]byte, min(n, 2*have))
		copy(grown, body)
		body = grown
	}
}

// within says that an end of the stream is not where one may be.
func within(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("wire: the stream ends within a frame: %w", io.ErrUnexpectedEOF)
	}
	return err
}
