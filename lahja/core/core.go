package core

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/eventtype"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// Core is the part that all implementations of EndpointAPI share: the endpoint's own
// subscriptions, pending requests, the table of peers with its snapshots, and delivery. It
// knows nothing of connections. An implementation adds and removes peers (AddPeer) and
// passes in what arrived (Deliver). The Core returns the receivers of an event (Prepare),
// and calls back when its own subscriptions change.
//
// All methods are safe for concurrent use. No callback is called with a lock held, except
// Config.Full and Config.Describe.
type Core struct {
	base
	sequence   atomic.Uint64 // counts the events that were broadcast, requests included
	running    atomic.Bool   // state is coreRunning
	generation atomic.Uint64 // grows with every change of types
	toSelf     atomic.Uint64 // counts events that were delivered locally
	done       chan struct{} // closed by Close
	stopped    chan struct{} // closed when Close has stopped every subscription
	ended      chan struct{} // closed after End
	phase      phase
	watching   atomic.Pointer[Watcher]        // nil for nobody
	earlier    earlier                        // of connections that have ended
	described  atomic.Pointer[eventtype.Type] // of the last event sent

	mu          ordered.Mutex[ordered.Core]
	state       coreState
	since       time.Time
	types       map[string]*typeEntry
	ownTypes    ownTypes
	leaving     map[*subscription]struct{} // closed, while a handler may still run
	pending     map[uint64]*PendingRequest // by the sequence of the request
	requestIDs  *mathrand.ChaCha8          // so that nobody can guess the id of a request
	remotes     map[string]*Remote
	memberships int                       // in groups, of all types
	widest      int                       // the largest Interest.Window there ever was
	local       map[string]*localFlow     // windows for events to the endpoint itself, by type
	versions    lahja.Snapshot            // the counters of the next snapshot, no peers
	own         map[string]lahja.Interest // shared, immutable; nil when out of date
	snapshot    *lahja.Snapshot           // shared, immutable; nil when out of date
	routes      map[string]*route         // to all subscribers, by type; nil when out of date
	nextMember  map[groupKey]int          // which member of a group is next
	gone        ends                      // why peers have gone
	changed     chan struct{}             // closed at the next change; nil when nobody waits
}

type coreState int

const (
	coreNew coreState = iota
	coreRunning
	coreClosed
)

// New returns a core that does not run yet: until Start, every call fails with
// ErrLifecycle. New fails with ErrInvalid if the name is invalid or a field is out of
// range; the error names the field, its value and the range.
func New(cfg Config) (*Core, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.BlockWait = cmp.Or(cfg.BlockWait, lahja.DefaultBlockWait)
	cfg.MaxPayload = cmp.Or(cfg.MaxPayload, lahja.DefaultMaxPayload)
	cfg.MaxDecoded = cmp.Or(cfg.MaxDecoded, max(lahja.DefaultMaxDecoded, lahja.DefaultMaxDecoded/lahja.DefaultMaxPayload*cfg.MaxPayload))
	random := randomness(cfg.Random)
	return &Core{
		base:       base{cfg: cfg, instance: cmp.Or(cfg.Instance, random.instance()), made: time.Now()},
		done:       make(chan struct{}),
		stopped:    make(chan struct{}),
		ended:      make(chan struct{}),
		types:      map[string]*typeEntry{},
		leaving:    map[*subscription]struct{}{},
		pending:    map[uint64]*PendingRequest{},
		requestIDs: mathrand.NewChaCha8(random.seed()),
		remotes:    map[string]*Remote{},
		widest:     lahja.DefaultQueueBytes,
		local:      map[string]*localFlow{},
		nextMember: map[groupKey]int{},
	}, nil
}

// Done returns a channel that Close closes.
func (c *Core) Done() <-chan struct{} { return c.done }

// Start makes the core run. It fails with ErrLifecycle if the core ran before.
func (c *Core) Start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case coreRunning:
		return c.Fail("run", lahja.ErrLifecycle, "it already runs; an endpoint runs once")
	case coreClosed:
		return c.Fail("run", lahja.ErrLifecycle, "it was closed; an endpoint runs once, so make a new one")
	}
	c.state = coreRunning
	c.running.Store(true)
	c.phase.reach(running)
	c.since = time.Now()
	c.bumpLocked(false, false) // The endpoint itself is listed from now on.
	return nil
}

// Close makes everything that waits on the core fail with ErrLifecycle, and cancels the
// contexts of handlers. It does not wait for handlers (see WaitHandlers), but no handler is
// called again. Close reports whether this call closed the core.
func (c *Core) Close() bool {
	c.mu.Lock()
	if c.state == coreClosed {
		c.mu.Unlock()
		<-c.stopped
		return false
	}
	c.state = coreClosed
	c.running.Store(false)
	c.phase.reach(closing)
	types, pending := c.types, c.pending
	leaving := slices.Collect(maps.Keys(c.leaving)) // closed, but perhaps not stopped yet
	c.types, c.pending, c.remotes = nil, nil, nil
	c.generation.Add(1)
	c.own = map[string]lahja.Interest{}
	close(c.done)
	for _, p := range pending {
		p.holders.Add(1)
	}
	c.bumpLocked(true, true)
	c.mu.Unlock()

	for _, p := range pending {
		p.abandon()
		p.drop()
	}
	for _, s := range leaving {
		s.stop(true)
	}
	for _, entry := range types {
		for _, s := range slices.Concat(entry.pulled, entry.handled) {
			s.stop(s.handler != nil)
			s.observed(lahja.SubscriptionEnded)
		}
	}
	c.workers.Close()
	close(c.stopped)
	return true
}

// Go runs f on a goroutine that is used again.
func (c *Core) Go(f func()) { c.workers.Run(f) }

// Check returns ErrLifecycle with op unless the core runs.
func (c *Core) Check(op string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checkLocked(op)
}

func (c *Core) checkLocked(op string) error {
	switch c.state {
	case coreNew:
		return c.Fail(op, lahja.ErrLifecycle, "it does not run yet; call Run or Serve first")
	case coreClosed:
		return c.LifecycleError(op)
	}
	return nil
}

// CheckContext is like Check, for a call that may wait: it also returns the error of a
// context that has ended. Call it first, so that the result does not depend on whether
// there is something to wait for. If both fail, the error wraps both.
func (c *Core) CheckContext(ctx context.Context, op string) error {
	ended := ctx.Err()
	if ended == nil {
		return c.Check(op)
	}
	failed := c.Fail(op, nil, "")
	if stopped, ok := c.Check(op).(*lahja.Error); ok {
		failed = stopped
	}
	failed.Err = ended
	return failed
}

// OrClosing turns an error for want of a peer into ErrLifecycle if the endpoint's own end is
// the cause.
func (c *Core) OrClosing(op string, err error) error {
	if c.phase.n.Load() < closing || !errors.Is(err, lahja.ErrNoSubscribers) && !errors.Is(err, lahja.ErrRemoteDisconnected) {
		return err
	}
	failed := c.Fail(op, lahja.ErrLifecycle, "it is closing and has left its peers")
	if cause, ok := errors.AsType[*lahja.Error](err); ok {
		failed.Peer, failed.Event = cause.Peer, cause.Event
	}
	failed.Err = err
	return failed
}

// Watcher is shown the events that pass. It must not block. While there is none, an event
// costs only the load of a pointer.
type Watcher interface {
	// Received is shown an event that has arrived, Local one that the endpoint delivers to
	// itself. Both are copies, so that unwatched events need no memory of their own.
	Received(in Incoming)
	Local(o Outgoing)
}

// SetWatcher sets the watcher. Nil means none.
func (c *Core) SetWatcher(w Watcher) {
	if w == nil {
		c.watching.Store(nil)
		return
	}
	c.watching.Store(&w)
}
