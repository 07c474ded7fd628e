package memory

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/internal/connside"
)

// half is one direction of a connection.
type half struct {
	limit int

	mu sync.Mutex
	// changed is broadcast on every change; waiters then look again.
	changed sync.Cond
	buffer  buffer
	// busy is whether a Write is under way: others wait, so that the bytes of
	// two do not mix.
	busy             bool
	reading, writing connside.Side
}

func newHalf(limit int) *half {
	h := &half{limit: limit}
	h.changed.L = &h.mu
	return h
}

func (h *half) read(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.reading.Closed:
			return 0, net.ErrClosed
		case h.reading.Expired:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case h.buffer.len() > 0:
			n := h.buffer.take(b)
			h.changed.Broadcast()
			return n, nil
		case h.writing.Closed:
			return 0, io.EOF
		}
		h.changed.Wait()
	}
}

func (h *half) write(b []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.busy {
		if err := h.unwritable(); err != nil {
			return 0, err
		}
		h.changed.Wait()
	}
	h.busy = true
	defer func() {
		h.busy = false
		h.changed.Broadcast()
	}()
	for {
		if err := h.unwritable(); err != nil {
			return n, err
		}
		if n == len(b) {
			return n, nil
		}
		if room := h.limit - h.buffer.len(); room > 0 {
			chunk := b[n:min(len(b), n+room)]
			h.buffer.add(chunk, h.limit)
			if n += len(chunk); n == len(b) {
				return n, nil
			}
			h.changed.Broadcast()
		}
		h.changed.Wait()
	}
}

func (h *half) unwritable() error {
	switch {
	case h.writing.Closed:
		return net.ErrClosed
	case h.writing.Expired:
		return os.ErrDeadlineExceeded
	case h.reading.Closed:
		return syscall.EPIPE
	}
	return nil
}

func (h *half) closeReader() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reading.Close()
	h.buffer.drop()
	h.changed.Broadcast()
}

func (h *half) closeWriter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writing.Close()
	h.changed.Broadcast()
}

// setDeadline sets the deadline of one of the half's sides.
func (h *half) setDeadline(s *connside.Side, t time.Time) error {
	return s.SetDeadline(&h.mu, t, h.changed.Broadcast)
}

// failed adds to an error what sockets add to theirs. It leaves io.EOF as it is.
func (c *conn) failed(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: c.addr.Network(), Addr: c.addr, Err: err}
}
