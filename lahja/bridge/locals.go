package bridge

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// localOf returns the run of that endpoint, on the server and claimed. It fails if another run of it
// stays connected, or if the name is another endpoint's.
func (b *Bridge) localOf(ctx context.Context, name string, instance uint64) (*local, error) {
	until := time.Now().Add(p2p.ProbeTimeout)
	for {
		l, fresh, err := b.findLocal(name, instance)
		switch {
		case err != nil:
			return nil, err
		case fresh:
			b.introduce(ctx, l)
			return l.ready(ctx)
		case l.instance == instance && l.claim():
			return l.ready(ctx)
		case !l.givesWay(ctx, until):
			return nil, refused(wire.RefuseName, "another endpoint named %q is connected through this bridge, %s; names are unique", name, b.place)
		}
	}
}

// findLocal returns the run of the endpoint that is on the server, or a fresh one that the caller
// must open.
func (b *Bridge) findLocal(name string, instance uint64) (l *local, fresh bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch l = b.locals[name]; {
	case b.closed:
		return nil, false, errClosed
	case l != nil:
		return l, false, nil
	case len(b.locals) >= b.hooks.locals:
		return nil, false, refused(wire.RefuseLimit, "%d endpoints on sockets are on the server through this bridge, which is the limit", len(b.locals))
	}
	l = newLocal(b, name, instance)
	b.locals[name] = l
	return l, true, nil
}

// introduce opens a fresh local, unless its name is taken on the server. One that is listened for
// there is not: that was found out before.
func (b *Bridge) introduce(ctx context.Context, l *local) {
	if !b.exported(l.name) {
		if err := b.listener.Free(ctx, l.name); err != nil {
			l.abandon(err)
			return
		}
	}
	l.open(ctx)
}

// ready waits for the proxy of a claimed local, and returns the local or why it cannot be used.
func (l *local) ready(ctx context.Context) (*local, error) {
	select {
	case <-l.made:
		if l.failed == nil {
			return l, nil
		}
		l.release()
		return nil, fmt.Errorf("the bridge cannot bring %s to the server: %w", l.name, l.failed)
	case <-ctx.Done():
		l.release()
		return nil, ctx.Err()
	}
}

// givesWay waits until another run of the endpoint, or one that ends, has left the server. It takes
// no longer than a run may that ends, and one that answers stays.
func (l *local) givesWay(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-l.vacated():
	case <-l.over:
		return true
	case <-l.ping():
		return false
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
	l.endIfVacant()
	return true
}

// ping asks a run of an endpoint whether it lives. The channel is closed when it answers, unless it
// leaves already.
func (l *local) ping() <-chan struct{} {
	for _, p := range l.all() {
		if answered := p.ping(); answered != nil {
			return answered
		}
	}
	return nil
}

// ping asks the local whether it lives. It returns nil if the pair ends already.
func (p *pair) ping() <-chan struct{} {
	p.mu.Lock()
	if p.localBye || p.remoteBye || p.err != nil || !p.told {
		p.mu.Unlock()
		return nil
	}
	answered := p.pong
	first := answered == nil
	if first {
		answered = make(chan struct{})
		p.pong = answered
	}
	p.mu.Unlock()
	if first {
		p.control(wire.NumberMsg{Number: 1}.Append(nil, wire.Ping))
	}
	return answered
}

// ponged: the local lives.
func (p *pair) ponged() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pong != nil {
		close(p.pong)
		p.pong = nil
	}
}
