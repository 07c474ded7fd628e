package virtual

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/internal/connside"
)

// link is one direction of a connection. What is written is cut into packets, one for each
// frame of the bus, which arrive in order, each when its time and its turn have come.
type link struct {
	network    *network
	name       string // "client>server#1"
	from, peer string
	to         string // peer, or "server#2" for the second connection
	like       Link

	mu             sync.Mutex
	readable       sync.Cond
	writable       sync.Cond
	packets        []packet // on their way
	arrived        []packet // what was read of the first is cut off
	pending        int      // bytes of packets that have not been read whole
	busy           bool
	carrying       bool  // a goroutine carries packets
	ended          bool  // the end has arrived
	broken         error // why the connection has ended
	silent         bool  // the reader does not know
	gone           chan struct{}
	shut           atomic.Bool // one of the sides has closed, or the connection is broken
	number         uint64
	sentBy         time.Time // when the last packet has left
	due            time.Time // when the last one arrives
	cutter         cutter
	reader, writer connside.Side
	// The endpoints at both ends. One that is paused does nothing.
	sender, receiver *view
}

func newLink(n *network, from, to string, number int) *link {
	l := &link{network: n, name: fmt.Sprintf("%s>%s#%d", from, to, number), from: from, peer: to, to: to, like: n.engine.Link, gone: make(chan struct{})}
	if number > 1 {
		l.to = fmt.Sprintf("%s#%d", to, number)
	}
	l.readable.L, l.writable.L = &l.mu, &l.mu
	return l
}

func (l *link) read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch {
		case l.reader.Closed:
			return 0, net.ErrClosed
		case l.receiver.standing():
		case l.broken != nil && !l.silent:
			return 0, l.broken
		case l.reader.Expired:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case len(l.arrived) > 0:
			return l.take(b), nil
		case l.ended:
			return 0, io.EOF
		}
		l.readable.Wait()
	}
}

// take reads what has arrived. A packet makes room when it has been read whole, so that how much
// room there is does not depend on how the reader reads.
func (l *link) take(b []byte) (n int) {
	for len(l.arrived) > 0 && n < len(b) {
		first := &l.arrived[0]
		took := copy(b[n:], first.bytes[first.read:])
		n += took
		if first.read += took; first.read == len(first.bytes) {
			l.pending -= len(first.bytes)
			l.arrived = l.arrived[1:]
			l.writable.Broadcast()
		}
	}
	return n
}

func (l *link) write(b []byte, wait bool) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.busy {
		if !wait {
			return 0, nil
		}
		l.writable.Wait()
	}
	l.busy = true
	defer func() {
		l.busy = false
		l.writable.Broadcast()
	}()
	for {
		for l.sender.standing() && !l.writer.Closed {
			if !wait {
				return n, nil
			}
			l.writable.Wait()
		}
		if err := l.unwritable(); err != nil {
			return n, err
		}
		if n == len(b) {
			return n, nil
		}
		if room := l.like.buffer() - l.pending; room > 0 {
			part := b[n:min(len(b), n+room)]
			n += len(part)
			l.send(part)
			continue
		}
		if !wait {
			return n, nil
		}
		l.writable.Wait()
	}
}

func (l *link) unwritable() error {
	switch {
	case l.writer.Closed:
		return net.ErrClosed
	case l.broken != nil:
		return l.broken
	case l.writer.Expired:
		return os.ErrDeadlineExceeded
	case l.reader.Closed:
		return syscall.EPIPE
	}
	return nil
}

// send sends bytes for which there is room.
func (l *link) send(b []byte) {
	l.pending += len(b)
	for _, size := range l.cutter.cut(b) {
		l.carry(packet{link: l, bytes: append([]byte(nil), b[:size]...)})
		b = b[size:]
	}
}

// carry sends a packet on its way.
func (l *link) carry(p packet) {
	now := time.Now()
	if l.sentBy.Before(now) {
		l.sentBy = now
	}
	if rate := l.like.BytesPerSecond; rate > 0 {
		l.sentBy = l.sentBy.Add(time.Duration(float64(len(p.bytes)) / float64(rate) * float64(time.Second)))
	}
	due := l.sentBy.Add(stepTime)
	due = due.Add(l.network.faults.Delay(l.from, l.peer))
	due = due.Add(l.like.Latency.of(l.network.engine.Seed, l.name, l.number))
	l.number++
	if due.After(l.due) {
		l.due = due
	}
	p.due = l.due
	l.packets = append(l.packets, p)
	l.network.underWay.add(1)
	if !l.carrying {
		l.carrying = true
		l.network.carriers.Go(l.deliver)
	}
}

// deliver lets packets arrive until none is on its way.
func (l *link) deliver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.packets) > 0 && !l.over() {
		p := l.packets[0]
		l.mu.Unlock()
		l.network.pause(time.Until(p.due))
		l.network.faults.Pass(l.from, l.peer, l.gone)
		l.network.engine.Schedule.turn(context.Background(), l.name, p)
		l.mu.Lock()
		if !l.over() {
			l.packets = l.packets[1:]
			l.network.underWay.add(-1)
			l.arrive(p)
		}
	}
	l.carrying = false
}

// arrive takes a packet in.
func (l *link) arrive(p packet) {
	if p.end {
		l.ended = true
	} else {
		l.arrived = append(l.arrived, p)
	}
	l.readable.Broadcast()
}

// over reports whether nothing arrives any more.
func (l *link) over() bool { return l.reader.Closed || l.broken != nil }

func (l *link) closeReader() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reader.Close()
	l.shut.Store(true)
	l.drop()
}

// reset ends the link for both sides. What is under way or was not read is lost.
func (l *link) reset(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = why
	}
	l.shut.Store(true)
	l.drop()
}

// vanish ends the link for its writer. The reader waits for ever.
func (l *link) vanish() {
	l.mu.Lock()
	l.silent = true
	l.mu.Unlock()
	l.reset(syscall.ECONNRESET)
}

// drop forgets what has not been read, and wakes everybody.
func (l *link) drop() {
	l.network.underWay.add(-len(l.packets))
	l.arrived, l.packets, l.pending = nil, nil, 0
	select {
	case <-l.gone:
	default:
		close(l.gone)
	}
	l.readable.Broadcast()
	l.writable.Broadcast()
}

func (l *link) closeWriter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writer.Closed {
		return
	}
	l.writer.Close()
	l.shut.Store(true)
	l.writable.Broadcast()
	if !l.over() {
		l.carry(packet{link: l, end: true})
	}
}

// setDeadline sets the deadline of one of the link's sides.
func (l *link) setDeadline(s *connside.Side, t time.Time) error {
	return s.SetDeadline(&l.mu, t, func() {
		l.readable.Broadcast()
		l.writable.Broadcast()
	})
}
