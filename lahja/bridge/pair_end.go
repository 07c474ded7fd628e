package bridge

import (
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// A pair ends in one of these ways:
//
//   - One side says goodbye, after what it has sent. The other side answers with its own, after what
//     it has sent, and then both connections end. Each step is passed on in its place. If both say
//     goodbye at once, each is answered as well.
//   - One side ends without a goodbye, or something fails (fail). The other side is told why, after
//     what has come for it.
//
// Either way each side has a limited time for its part.

// control sends a frame of the bus itself to the local.
func (p *pair) control(frame []byte) {
	if p.out.Offer(&sendq.Frame{Bytes: frame, Control: true}) == sendq.Full {
		p.fail(fmt.Errorf("%s does not read", p.local.name))
	}
}

// write writes what waits for the local.
func (p *pair) write() {
	if p.out.Write() {
		p.wroteLast()
	}
}

// wroteLast: the local was written the last frame, a goodbye or the reason of the end.
func (p *pair) wroteLast() {
	p.mu.Lock()
	p.finished = true
	over := p.localBye || p.err != nil
	p.mu.Unlock()
	if over {
		p.conn.Close()
	}
}

// unwritable: nothing can be written to the local. What it has sent before is still read, because it
// may say why.
func (p *pair) unwritable(err error) {
	p.mu.Lock()
	p.unwritten = err
	p.mu.Unlock()
	p.out.Close()
	p.hangUpWithin(parting)
}

// takeGoodbye: the local leaves. The remote is told, or answered.
func (p *pair) takeGoodbye() error {
	p.mu.Lock()
	peer, again := p.peer, p.localBye
	p.localBye = true
	answers, ended := p.remoteBye, p.serverEnded
	hangUp := p.finished
	p.mu.Unlock()
	switch {
	case peer == nil || again:
		return malformed("%s out of turn", wire.Goodbye)
	case ended:
		p.out.Seal(goodbye())
	case answers:
		peer.Farewell()
	default:
		peer.Goodbye()
	}
	if hangUp {
		p.conn.Close()
	}
	return nil
}

func goodbye() []byte { return wire.GoodbyeMsg{}.Append(nil) }

// leaving: the remote has said goodbye, a final one if it waits for no answer. If the local has said
// its own before, that is no answer, but crosses it: another bridge waits for one to each. All that
// the local has sent is on its way then.
func (p *pair) leaving(final bool) {
	p.mu.Lock()
	p.remoteBye = true
	peer, crossed := p.peer, p.localBye
	p.mu.Unlock()
	p.out.Seal(goodbye())
	if crossed && !final {
		peer.Farewell()
	}
}

// socketEnded: the connection to the local has ended.
func (p *pair) socketEnded(reason error) {
	p.mu.Lock()
	orderly := p.localBye
	leaves := orderly || p.err == nil
	reason = errors.Join(reason, p.unwritten)
	p.mu.Unlock()
	if leaves && !orderly {
		defer p.bridge.checkExported(p.local.name)
	}
	if !orderly {
		p.fail(&lahja.Error{Op: "read", Peer: p.local.name, Kind: lahja.ErrRemoteDisconnected, Err: reason})
	}
	unwritten := uint64(p.out.State().Events)
	p.out.Close()
	p.down.mu.Lock()
	unwritten += p.down.lost
	p.down.mu.Unlock()
	if !leaves || p.cut.Load() {
		p.bridge.lose(unwritten, p, "the connection ended before they were written")
	}
}

// awaitRemote waits until the remote knows that the local has left.
func (p *pair) awaitRemote() {
	p.mu.Lock()
	peer := p.peer
	p.mu.Unlock()
	if peer == nil {
		return
	}
	timer := time.NewTimer(p.bridge.hooks.handshake)
	defer timer.Stop()
	select {
	case <-p.over:
	case <-timer.C:
		peer.End(fmt.Errorf("%s said goodbye, and %s has not answered within %v", p.local.name, p.remote, p.bridge.hooks.handshake))
	}
}

// fail ends the pair, once. Both sides are told why.
func (p *pair) fail(reason error) {
	p.mu.Lock()
	if p.err != nil {
		p.mu.Unlock()
		return
	}
	p.err = reason
	peer, ended, finished := p.peer, p.serverEnded, p.finished
	stop(p.deadline)
	p.mu.Unlock()
	p.stop()
	p.out.SealNow(refusalOf(reason).Append(nil))
	p.hangUpWithin(parting)
	if finished {
		p.conn.Close()
	}
	if peer != nil && !ended {
		peer.End(reason)
	}
}

// hangUpWithin bounds how long the local may take to read the rest.
func (p *pair) hangUpWithin(d time.Duration) {
	timer := time.AfterFunc(d, func() {
		p.cut.Store(true)
		p.conn.Close()
	})
	p.mu.Lock()
	before := p.parting
	p.parting = timer
	p.mu.Unlock()
	stop(before)
}

// serverIsOver: there is no connection to the remote any more.
func (p *pair) serverIsOver(reason error) {
	p.mu.Lock()
	again := p.serverEnded
	p.serverEnded = true
	failed := p.err
	p.mu.Unlock()
	if again {
		return
	}
	close(p.over)
	switch {
	case natsbus.IsGoodbye(reason):
		p.out.Seal(goodbye())
		p.hangUpWithin(p.bridge.hooks.handshake)
	case failed == nil:
		p.fail(reason)
	}
	p.bridge.log("a connection has ended", "endpoint", p.local.name, "peer", p.remote, "reason", reason)
}
