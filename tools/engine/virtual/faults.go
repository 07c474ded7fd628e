package virtual

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/faults"
)

// livenessBound is after which time a connection ends that is cut: as over TCP.
var livenessBound = tcp.Transport{}.Bound()

// networkFaults are the faults of a network, and its connections. Its locks are taken with that of a
// link held.
type networkFaults struct {
	faults.State
	mu    sync.Mutex
	conns []*connection
}

// connection is a connection by its links.
type connection struct {
	there, back       *link
	dialler, listener *view
}

// between reports whether the fault is about the connection.
func (c *connection) between(f engine.Fault) bool {
	return f.Between(c.there.from, c.there.peer) || f.Between(c.there.peer, c.there.from)
}

// Inject implements engine.FaultInjector.
func (s *session) Inject(_ context.Context, f engine.Fault) error {
	switch f.Kind {
	case engine.FaultHeal:
		return s.network.faults.Heal()
	case engine.FaultDisconnect:
		return s.network.faults.disconnect(f)
	}
	s.network.faults.begin(f)
	return nil
}

// Vacuous implements engine.FaultInjector.
func (s *session) Vacuous() []engine.Fault { return s.network.faults.Vacuous() }

// begin begins a fault. A connection that stays cut ends.
func (f *networkFaults) begin(fault engine.Fault) {
	f.Begin(fault)
	if fault.Kind != engine.FaultPartition {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		if c.between(fault) {
			time.AfterFunc(livenessBound, func() { f.endIfCut(c) })
		}
	}
}

// endIfCut ends a connection if something has waited on it for too long.
func (f *networkFaults) endIfCut(c *connection) {
	if f.Cut(c.there.from, c.there.peer) || f.Cut(c.back.from, c.back.peer) {
		c.there.reset(syscall.ETIMEDOUT)
		c.back.reset(syscall.ETIMEDOUT)
	}
}

// disconnect breaks connections.
func (f *networkFaults) disconnect(fault engine.Fault) error {
	f.mu.Lock()
	var broken []*connection
	for _, c := range f.conns {
		if c.between(fault) && c.open() {
			broken = append(broken, c)
		}
	}
	f.mu.Unlock()
	if len(broken) == 0 {
		return faults.NothingToBreak(fault)
	}
	for _, c := range broken {
		there, back := c.there, c.back
		if there.from != fault.From {
			there, back = back, there
		}
		back.reset(syscall.ECONNRESET) // From reads it.
		if fault.OneWay {
			there.vanish()
		} else {
			there.reset(syscall.ECONNRESET)
		}
	}
	return nil
}

// connects notes a connection.
func (f *networkFaults) connects(c *connection) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.conns) == cap(f.conns) {
		f.conns = slices.DeleteFunc(f.conns, func(c *connection) bool { return !c.open() })
	}
	f.conns = append(f.conns, c)
}

// connections are those that may be open.
func (f *networkFaults) connections() []*connection {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.conns)
}

// open takes no lock: links are locked before faults are.
func (c *connection) open() bool { return !c.there.shut.Load() && !c.back.shut.Load() }
