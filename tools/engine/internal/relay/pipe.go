package relay

import (
	"io"
	"os"
	"sync"
	"time"
)

// Pipe is the receiving half of a control connection: bytes that have arrived, until they are
// read. It implements the reading half of subprocess.Control.
type Pipe struct {
	mu       sync.Mutex
	arrived  []byte
	err      error // why no more will come
	changed  chan struct{}
	deadline *time.Timer
	expired  bool
}

// NewPipe returns a pipe to which nothing has arrived.
func NewPipe() *Pipe { return &Pipe{changed: make(chan struct{})} }

func (p *Pipe) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// maxArrived is how much a pipe takes that has not been read, at least one message.
const maxArrived = 8 << 20

// Take adds what has arrived. It reports whether there was room.
func (p *Pipe) Take(data []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.arrived) > maxArrived {
		return false
	}
	p.arrived = append(p.arrived, data...)
	p.wake()
	return true
}

// End says that nothing more comes, and why: io.EOF when the other side has closed. The first
// reason counts.
func (p *Pipe) End(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
		p.wake()
	}
}

// Read returns what has arrived, or waits for it.
func (p *Pipe) Read(into []byte) (int, error) {
	for {
		p.mu.Lock()
		n, err, changed := copy(into, p.arrived), p.err, p.changed
		p.arrived = p.arrived[n:]
		expired := p.expired
		p.mu.Unlock()
		switch {
		case n > 0 || len(into) == 0:
			return n, nil
		case err != nil:
			return 0, err
		case expired:
			return 0, os.ErrDeadlineExceeded
		}
		<-changed
	}
}

// SetReadDeadline bounds reads, as that of a net.Conn does.
func (p *Pipe) SetReadDeadline(at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.deadline != nil {
		p.deadline.Stop()
		p.deadline = nil
	}
	p.expired = false
	if at.IsZero() {
		return nil
	}
	var timer *time.Timer
	timer = time.AfterFunc(time.Until(at), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.deadline == timer {
			p.expired = true
			p.wake()
		}
	})
	p.deadline = timer
	return nil
}

var _ io.Reader = (*Pipe)(nil)
