package p2p

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/lease"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// peer is a connection whose other side has said its name. It holds the name in
// Endpoint.peers from the handshake until it has ended. It is listed in the core's table
// while it is ready.
type peer struct {
	endpoint *Endpoint
	name     string
	instance uint64
	dialled  bool             // by us
	policy   lahja.SlowPolicy // when there is no room
	conn     net.Conn
	direct   sendq.TryWriter // nil if there are no direct writes
	frames   *wire.Reader
	flows    map[string]*flow // by event type; the reader's own
	latest   *flow            // of the latest event
	events   wire.EventReader
	inbox    core.Inbox // the reader's own
	received core.TrafficCount
	out      sendq.Queue
	greeting []byte // written before anything else; the writer's own
	// described is how many of Core.Descriptions it was told; the writer's own.
	described int
	types     core.PeerTypes // its versions
	deadline  *time.Timer    // ends an incoming connection that takes too long

	ready chan struct{} // closed when both sides list each other
	done  chan struct{} // closed when the connection has been cleaned up

	lease      lease.Lease // to read
	interrupts func()      // interrupt

	// Only the reading goroutine uses these.
	longest      int                       // the longest frame that the other side may send
	unreadBytes  int64                     // held for a frame that has arrived in part
	broken       error                     // why reading failed for the holder of the lease
	theirs       map[string]lahja.Interest // what it subscribes to, before it is listed
	acknowledged bool
	known        uint64 // the own set that it has acknowledged
	listed       *core.Remote
	readyArrived bool

	answers answerFlow

	held   atomic.Int64 // bytes, see memory
	closed atomic.Bool  // conn is
	syncs  atomic.Int64 // of the other side, not answered yet

	mu      ordered.Mutex[ordered.Leaf]
	err     error // why the connection ended; the first reason stands
	partial part
	bye     bool                     // goodbye was called: it must not be listed any more
	number  uint64                   // of the last sync or ping
	replies map[uint64]chan struct{} // closed when the answer to that number arrives
	remote  *core.Remote             // listed, for other goroutines
	unsent  int                      // bytes of events that were never written; set before done is closed
}

// maxSyncs is how many syncs of a peer may wait for handlers at once. Each takes memory in
// every queue, and no endpoint needs that many.
const maxSyncs = 10_000

// part is the progress of an orderly end. After both parts the connection is closed,
// because nothing is on its way any more.
type part int

const (
	saidGoodbye part = 1 << iota
	heardGoodbye
)

// fail ends the connection, and reports whether it had not ended before. The reader notices
// and cleans up.
func (p *peer) fail(reason error) bool {
	first := p.because(reason)
	p.out.Close()
	p.hangUp()
	p.lease.TakeOver()
	return first
}

// hangUp closes the connection, once: closing may take a while, and each of many events can
// be a reason to close.
func (p *peer) hangUp() {
	if !p.closed.Swap(true) {
		p.conn.Close()
	}
}

// because records why the connection ends. The first reason stands, unless a later one says
// more: when one side hangs up, writing fails, and the cause may still be there to read.
func (p *peer) because(reason error) (first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first = p.err == nil
	if first || vagueness(reason) < vagueness(p.err) {
		p.err = reason
	}
	return first
}

// vagueness ranks how little an error says about why a connection ended.
func vagueness(err error) int {
	switch {
	case errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe), errors.Is(err, io.EOF):
		return 2
	case errors.Is(err, syscall.ECONNRESET):
		return 1
	}
	return 0
}

// lastRead is how long a connection is read after writing to it has failed.
const lastRead = 250 * time.Millisecond

// unwritable ends a connection to which nothing can be written. What the other side has
// sent before is still read, because it may say why.
func (p *peer) unwritable(err error) {
	p.because(p.endpoint.connectionError(p.name, "write", err))
	p.out.Close()
	time.AfterFunc(lastRead, p.hangUp) // It may have ended by then.
	p.lease.TakeOver()
}

func (p *peer) reason() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil && p.bye {
		return errGoodbye
	}
	return p.err
}

// reasons returns why the connections to peers ended.
func reasons(peers []*peer) error {
	all := make([]error, len(peers))
	for i, p := range peers {
		all[i] = p.reason()
	}
	return core.Causes(all...)
}

// errGoodbye is the reason of an orderly end.
var errGoodbye = errors.New("it said goodbye")

// partly records a part of an orderly end.
func (p *peer) partly(what part) {
	p.mu.Lock()
	p.partial |= what
	both := p.partial == saidGoodbye|heardGoodbye
	p.mu.Unlock()
	if both {
		p.fail(errGoodbye)
	}
}

// leaving reports whether the connection is about to end.
func (p *peer) leaving() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err != nil || p.bye || p.partial != 0
}

// wasReady reports whether the connection was ever ready.
func (p *peer) wasReady() bool {
	select {
	case <-p.ready:
		return true
	default:
		return false
	}
}

// inTable reports whether the core lists the peer.
func (p *peer) inTable() bool {
	p.mu.Lock()
	listed := p.remote != nil
	p.mu.Unlock()
	return listed && !p.leaving()
}

// goodbye takes the peer off the table, and sends it everything that waits, and then the
// goodbye.
func (p *peer) goodbye() {
	p.unlist(errGoodbye)
	p.out.Seal(wire.GoodbyeMsg{}.Append(nil))
	p.lease.TakeOver() // to read theirs
}

// answerGoodbye is goodbye for a peer that has said its own. It gives no more room to
// waiting broadcasts.
func (p *peer) answerGoodbye() {
	p.unlist(errGoodbye)
	p.out.SealNow(wire.GoodbyeMsg{}.Append(nil))
	p.lease.TakeOver()
}

// unlist takes the peer off the table for good, and reports whether it was listed.
func (p *peer) unlist(reason error) bool {
	p.mu.Lock()
	remote := p.remote
	p.bye = true
	p.mu.Unlock()
	if remote != nil {
		remote.Leave(reason)
	}
	return remote != nil
}

// bidFarewell is goodbye for an endpoint that closes without waiting. What is queued for
// the peer is sent before it; broadcasts that wait for room are not. It reports whether the
// peer was listed, because nothing is queued for others.
func (p *peer) bidFarewell(reason error) bool {
	if !p.unlist(reason) {
		return false
	}
	p.out.SealNow(wire.GoodbyeMsg{}.Append(nil))
	p.lease.TakeOver()
	return true
}

func (p *peer) saidBye() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bye
}

// ask sends a numbered frame. It returns a channel that is closed when the answer arrives,
// and a function that forgets the question.
func (p *peer) ask(kind wire.Kind) (answered <-chan struct{}, forget func()) {
	reply := make(chan struct{})
	p.mu.Lock()
	p.number++
	number := p.number
	p.replies[number] = reply
	p.mu.Unlock()
	p.controlNow(wire.NumberMsg{Number: number}.Append(nil, kind))
	p.lease.Recall()
	return reply, func() {
		p.mu.Lock()
		delete(p.replies, number)
		p.mu.Unlock()
	}
}

func (p *peer) answered(number uint64) {
	p.mu.Lock()
	reply := p.replies[number]
	delete(p.replies, number)
	p.mu.Unlock()
	if reply != nil {
		close(reply)
	}
}

// ping asks the other side for a sign of life, which it sends after it has read what is
// queued for it. It waits for ProbeTimeout. The connection may end meanwhile.
func (p *peer) ping() (answered, gone bool) {
	pong, forget := p.ask(wire.Ping)
	defer forget()
	timer := time.NewTimer(ProbeTimeout)
	defer timer.Stop()
	select {
	case <-pong:
		return true, false
	case <-p.done:
		return false, true
	case <-timer.C:
		return false, false
	}
}

// endsSoon reports whether the connection ends within ProbeTimeout.
func (p *peer) endsSoon() bool {
	timer := time.NewTimer(ProbeTimeout)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}

// control queues a frame of the bus itself. It never waits for room; a peer that lets
// control frames pile up is disconnected.
func (p *peer) control(frame []byte) {
	p.controlled(p.out.Offer(&sendq.Frame{Bytes: frame, Control: true}))
}

// controlNow is control for a frame that somebody waits for.
func (p *peer) controlNow(frame []byte) {
	p.controlled(p.offerDirect(&sendq.Frame{Bytes: frame, Control: true}))
}

func (p *peer) controlled(o sendq.Outcome) {
	p.endpoint.relieve()
	if o == sendq.Full {
		p.fail(&lahja.Error{Op: "send", Endpoint: p.endpoint.name, Peer: p.name, Kind: lahja.ErrQueueFull,
			Detail: fmt.Sprintf("it does not read: answers to its own syncs and pings wait, of %d MiB", sendq.MaxControl>>20)})
	}
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
