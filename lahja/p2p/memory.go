package p2p

import (
	"fmt"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
)

// memory counts what connections make the endpoint hold that no window bounds: events that
// have arrived in part, answers that nobody has taken, and replies for peers that ask and
// do not read. Each of these has a limit for one connection, and this is the limit for all.
// Beyond it, the connection that holds the most is closed, so that others do not suffer.
type memory struct {
	limit int64        // negative means none
	held  atomic.Int64 // for open connections
	left  atomic.Int64 // answers of closed connections, until they are taken
	ended atomic.Uint64
}

// coarse is the smallest change of a connection's answers that is counted, unless none are
// left. What is not counted yet takes no more than a connection's buffers.
const coarse = 64 << 10

// room returns how much connections may hold. What closed connections have left counts, up
// to half of the limit.
func (m *memory) room() int64 { return m.limit - min(m.left.Load(), m.limit/2) }

func (m *memory) exceeded() bool { return m.limit >= 0 && m.held.Load() > m.room() }

// takesAnswers fails if answers of closed connections take half of the room, and this
// connection would add more.
func (m *memory) takesAnswers(f *answerFlow) error {
	const some = 1 << 20
	if m.limit < 0 || m.left.Load() < m.limit/2 || f.held.Load() < some {
		return nil
	}
	return f.peer.endpoint.core.Fail("receive", lahja.ErrQueueFull, fmt.Sprintf("%d bytes of answers from connections that have ended wait for subscriptions to their types, "+
		"which is half of Options.MaxMemory; handle them faster, or unsubscribe", m.left.Load()))
}

// hold adds bytes, possibly negative, to what a peer holds. Call relieve when no lock is
// held.
func (p *peer) hold(bytes int64) {
	p.held.Add(bytes)
	p.endpoint.memory.held.Add(bytes)
}

// unread is called with what the reader holds for a frame that has arrived in part.
func (p *peer) unread(bytes int) {
	more := int64(bytes) - p.unreadBytes
	p.unreadBytes = int64(bytes)
	p.hold(more)
	if more > 0 {
		p.endpoint.relieve()
	}
}

// relieve closes the connections that hold the most until all together hold little enough.
func (e *Endpoint) relieve() {
	m := &e.memory
	if !m.exceeded() {
		return
	}
	for _, p := range e.tooMuch() {
		p.fail(p.reason())
	}
}

// tooMuch returns the connections that must end.
func (e *Endpoint) tooMuch() (all []*peer) {
	m := &e.memory
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		most, total := e.holdsMostLocked()
		if most == nil || total <= m.room() {
			return all
		}
		m.ended.Add(1)
		all = append(all, most)
		most.because(&lahja.Error{Op: "receive", Endpoint: e.name, Peer: most.name, Kind: lahja.ErrQueueFull,
			Detail: fmt.Sprintf("connections make the endpoint hold %d bytes; the limit is %d (Options.MaxMemory); this connection holds the most, %d: "+
				"unfinished events, answers that nobody takes, or control messages that it does not read", total, m.limit, most.held.Load())})
		most.answers.leave() // They stay, also while its end takes time.
	}
}

// holdsMostLocked returns the connection that holds the most, and what all hold. It ignores
// connections that have ended, because they release what they hold.
func (e *Endpoint) holdsMostLocked() (most *peer, total int64) {
	for _, p := range e.peers {
		held := p.held.Load()
		if held <= 0 || p.hasEnded() {
			continue
		}
		total += held
		if most == nil || held > most.held.Load() {
			most = p
		}
	}
	return most, total
}

func (p *peer) hasEnded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err != nil
}

// holdNothing is called when nothing is left of the connection except answers in the queues
// of subscriptions.
func (p *peer) holdNothing() {
	p.answers.leave()
	p.endpoint.memory.held.Add(-p.held.Swap(0))
}

// leave counts the answers as those of a closed connection, no longer as the peer's.
func (f *answerFlow) leave() {
	f.mu.Lock()
	if !f.gone {
		f.gone = true
		held := f.held.Load()
		f.peer.hold(-f.counted.Swap(held))
		f.peer.endpoint.memory.left.Add(held)
	}
	f.mu.Unlock()
	f.count() // Those taken meanwhile may have looked at what was counted before.
}

// count reports to the endpoint what has changed.
func (f *answerFlow) count() {
	held := f.held.Load()
	counted := f.counted.Load()
	if d := held - counted; d < coarse && d > -coarse && (held != 0 || counted == 0) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	held = f.held.Load()
	d := held - f.counted.Swap(held)
	if f.gone {
		f.peer.endpoint.memory.left.Add(d)
	} else {
		f.peer.hold(d)
	}
}
