package p2p

import (
	"log/slog"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// write writes what is queued for the peer, until nothing is.
func (p *peer) write() {
	defer p.endpoint.work.End()
	if p.out.Write() {
		p.partly(saidGoodbye)
	}
}

// prelude is sendq.Config.Prelude: the greeting, once, and the endpoint's subscriptions.
func (p *peer) prelude(stale bool) []byte {
	first := p.greeting
	p.greeting = nil
	if stale {
		first = p.endpoint.core.AppendOwn(first, &p.described)
	}
	return first
}

func newPeer(e *Endpoint, hello wire.HelloMsg, conn net.Conn, frames *wire.Reader, dialled bool) *peer {
	p := &peer{endpoint: e, name: hello.Name, instance: hello.Instance, conn: conn, frames: frames, dialled: dialled,
		ready: make(chan struct{}), done: make(chan struct{}), replies: map[uint64]chan struct{}{}, flows: map[string]*flow{}}
	p.inbox.Init(e.core, &p.received, p.lease.TakeOver)
	p.answers.peer = p
	frames.OnHold(p.unread)
	p.policy = e.slowPolicy(p.name)
	p.direct = direct(conn)
	read := p.read
	p.lease.Init(p.out.Pressed(), timers(conn), func() { e.core.Go(read) })
	p.interrupts = p.interrupt
	p.longest = max(e.opts.MaxPayload+wire.MaxEventOverhead+wire.MaxHeadersOverhead+wire.MaxGroupsOverhead, wire.MaxSubscriptions)
	write := p.write
	p.out.Init(sendq.Config{
		Limit: e.opts.QueueBytes, Evicts: p.policy == lahja.DropOldest, Press: p.lease.TakeOver, Hold: p.hold,
		Conn: conn, Direct: p.direct, Prelude: p.prelude, Failed: p.unwritable,
		Start: func() {
			e.work.Start()
			e.core.Go(write)
		},
	})
	return p
}

// slowPolicy returns the policy for a peer.
func (e *Endpoint) slowPolicy(peer string) lahja.SlowPolicy {
	if e.opts.SlowPeerOf == nil {
		return e.opts.SlowPeer
	}
	policy := e.opts.SlowPeerOf(peer)
	if !policy.Valid() {
		e.opts.Logger.Error("lahja: Options.SlowPeerOf returned an invalid policy; using Block",
			slog.String("endpoint", e.name), slog.String("peer", peer), slog.Any("policy", policy))
		return lahja.Block
	}
	return policy
}
