package lahja

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// # How it works
//
// Code that reads from a peer never waits for a subscriber, except for an inline handler.
// Otherwise a request inside a handler could never be answered. Therefore the sender waits,
// and flow control goes from end to end. With its subscriptions, an endpoint announces a
// window for each type: how many bytes may be on their way to it. The window is the
// smallest SubscribeConfig.QueueBytes of the subscriptions that block. A sender counts what
// it has queued for each peer and type and what has not been acknowledged
// (lahja/internal/window). While that fills the window, it queues nothing more; so an event
// that is larger than the window can go. A receiver counts what has arrived (flow). It
// acknowledges an event, a quarter of a window at a time, when the last subscription that
// blocks has taken the event to handle it. A peer that sends more than its window does not
// follow the protocol, and is disconnected. Subscriptions with another policy drop for
// themselves and do not count.
//
// An event also needs room in the peer's queue (Options.QueueBytes), which fills when the
// peer's process does not read. A full window holds up its own type, a full queue every
// type. Answers and control frames need neither, because the bus would stand still without
// them. What an endpoint broadcasts to itself has windows as well, one for each type.
//
// The broadcast's context and BlockWait bound the wait. BlockWait also ends a cycle of
// handlers that wait for each other's queues. A handler that would wait for itself, because
// its own subscription is full of the type that it broadcasts, fails at once.
//
// An event is encoded once for all receivers, next to the previous one
// (lahja/internal/sendq). A queue holds such neighbours as one span, which costs no more
// than a single event and is written without a copy. The memory is reused when every peer's
// writer is done with it. An event has its own memory if it is written or may be dropped
// alone, if its broadcast waits for room, and if its peer is so slow that it would hold too
// much memory.
//
// Events are delivered in batches. A reader gathers those of one type, and hands them on
// when another type comes, when they are many, and at the latest when nothing more is there
// to read. A handler's goroutine takes up to 64 at once, but one at a time if they may
// still be dropped.
//
// When requests to one peer follow each other, each reads its own answer, and what comes
// before it, under the read lease (lahja/internal/lease). Only on unwrapped Unix and TCP
// sockets.
//
// Readers run for the length of a connection. Writers and handlers run only while there is
// something to do, so an idle connection costs one goroutine and an idle subscription none.
//
// The writer puts the current set of subscriptions in front of what waits. So changes
// coalesce, and a peer learns of a change before it receives an event or a sync that was
// queued after it.
//
// Close and Shutdown end a connection with a goodbye behind what is queued. The side that
// has both sent and received goodbye closes the connection. Closing earlier would be wrong:
// closing a socket with unread input resets the connection, and the system discards what it
// has not sent.
//
// Attempts to reconnect use the code of ConnectToEndpoints, so attempts of both sides at
// once, and those of calls, end as any two do.
//
// A connected peer keeps its name while its connection stands. Silence does not mean that
// it has gone: a stopped process, or one busy in an inline handler, is silent too, and
// receives everything when it continues. The connection fails when the other machine has
// gone; for TCP see package tcp. An endpoint that arrives under the name of a connected
// peer makes the bus probe that peer, and is refused after ProbeTimeout at the latest,
// unless the connection ends before.
//
// Observation changes nothing. A tap is not a peer, because a peer would change who is
// listed and who receives what. It says so in its first frame, and receives copies through
// its own queue, which drops and counts. The counters are under locks that are taken
// anyway, or are added up by a connection's reader whenever it delivers.
//
// # Locks
//
// Package ordered has the order of locks. The lock of a request is held while the core's is
// taken, so that a request has left the core's table before anybody can see that it has
// ended. The core's is held while a queue's is taken, to ask whether a peer is full
// (CoreConfig.Full) and to describe a type to it (CoreConfig.Describe).
//
// The queue's lock guards the windows to a peer, and the core's those of the endpoint to
// itself. No lock is held while events are acknowledged or deliveries returned.

// Core is the part that all implementations of EndpointAPI share: the endpoint's own
// subscriptions, pending requests, the table of peers with its snapshots, and delivery. It
// knows nothing of connections. An implementation adds and removes peers (AddPeer) and
// passes in what arrived (Deliver). The Core returns the receivers of an event (Prepare),
// and calls back when its own subscriptions change.
//
// All methods are safe for concurrent use. No callback is called with a lock held, except
// CoreConfig.Full and CoreConfig.Describe.
type Core struct {
	cfg        CoreConfig
	instance   uint64
	sequence   atomic.Uint64 // counts the events that were broadcast, requests included
	running    atomic.Bool   // state is coreRunning
	generation atomic.Uint64 // grows with every change of types
	toSelf     atomic.Uint64 // counts events that were delivered locally
	done       chan struct{} // closed by Close
	stopped    chan struct{} // closed when Close has stopped every subscription
	ended      chan struct{} // closed after End
	phase      phase
	handlers   work.Group // that call handlers
	workers    work.Pool
	counts     coreCounts
	watching   atomic.Pointer[watcher]     // nil for nobody
	described  atomic.Pointer[description] // of the last event sent

	mu          ordered.Mutex[ordered.Core]
	state       coreState
	since       time.Time
	types       map[string]*typeEntry
	ownTypes    ownTypes
	leaving     map[*subscription]struct{} // closed, while a handler may still run
	pending     map[uint64]*pendingRequest // by the sequence of the request
	requestIDs  *mathrand.ChaCha8          // so that nobody can guess the id of a request
	remotes     map[string]*Remote
	memberships int                   // in groups, of all types
	widest      int                   // the largest Interest.Window there ever was
	local       map[string]*localFlow // windows for events to the endpoint itself, by type
	versions    Snapshot              // the counters of the next snapshot, no peers
	own         map[string]Interest   // shared, immutable; nil when out of date
	snapshot    *Snapshot             // shared, immutable; nil when out of date
	routes      map[string]*route     // to all subscribers, by type; nil when out of date
	nextMember  map[groupKey]int      // which member of a group is next
	gone        ends                  // why peers have gone
	changed     chan struct{}         // closed at the next change; nil when nobody waits
}

// CoreConfig configures a Core.
type CoreConfig struct {
	// Name is the endpoint's name.
	Name string
	// Endpoint sends the answers to received events (Received.Respond).
	Endpoint EndpointAPI
	// Logger receives failures of handlers. Nil means slog.Default.
	Logger *slog.Logger
	// Observer is called for what is received and dropped. Nil means none.
	Observer Observer
	// OnHandlerError is called with failures of handlers. Nil means that they are only
	// logged.
	OnHandlerError func(HandlerError)
	// MaxPayload limits an encoded payload in bytes; 0 means DefaultMaxPayload.
	MaxPayload int
	// MaxDecoded is like Options.MaxDecoded. 0 means its default.
	MaxDecoded int
	// BlockWait is like Options.BlockWait.
	BlockWait time.Duration
	// Full reports whether an event of a type would have to wait for room at a peer, so
	// that another member of a queue group receives it. size is the encoded size in bytes
	// of the last event of the type. Nil means that this is not known. Full is called with
	// a lock held. It must not wait, and must not call the core.
	Full func(peer *Remote, event string, size int) bool
	// Describe tells a peer this process's version of an event type, before anything that
	// is queued for the peer later. Nil means that peers are not told, so that only equal
	// versions of a type fit. Describe is called with a lock held. It must not wait, and
	// must not call the core.
	Describe func(peer *Remote, d Description)
	// AnswerError, if set, replaces an error of Answers.Next: only an implementation knows
	// of its own end.
	AnswerError func(error) error
	// OwnChanged is called after the endpoint's own set of subscriptions changed (see Own).
	// Nil means none.
	OwnChanged func()
}

type coreState int

const (
	coreNew coreState = iota
	coreRunning
	coreClosed
)

// NewCore returns a core that does not run yet: until Start, every call fails with
// ErrLifecycle. NewCore fails with ErrInvalid if the name is invalid or a field is out of
// range; the error names the field, its value and the range.
func NewCore(cfg CoreConfig) (*Core, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.BlockWait = cmp.Or(cfg.BlockWait, DefaultBlockWait)
	cfg.MaxPayload = cmp.Or(cfg.MaxPayload, DefaultMaxPayload)
	cfg.MaxDecoded = cmp.Or(cfg.MaxDecoded, max(DefaultMaxDecoded, decodedOfEncoded*cfg.MaxPayload))
	var seed [32]byte
	rand.Read(seed[:]) // never fails, see its documentation
	return &Core{
		cfg:        cfg,
		instance:   newInstance(),
		done:       make(chan struct{}),
		stopped:    make(chan struct{}),
		ended:      make(chan struct{}),
		types:      map[string]*typeEntry{},
		leaving:    map[*subscription]struct{}{},
		pending:    map[uint64]*pendingRequest{},
		requestIDs: mathrand.NewChaCha8(seed),
		remotes:    map[string]*Remote{},
		widest:     DefaultQueueBytes,
		local:      map[string]*localFlow{},
		nextMember: map[groupKey]int{},
	}, nil
}

// newInstance returns the random number of an endpoint's run, never 0.
func newInstance() uint64 {
	var b [8]byte
	for {
		rand.Read(b[:]) // never fails, see its documentation
		if n := binary.LittleEndian.Uint64(b[:]); n != 0 {
			return n
		}
	}
}

// Name returns the endpoint's name.
func (c *Core) Name() string { return c.cfg.Name }

// Instance identifies this run of the endpoint. It is random and never 0.
func (c *Core) Instance() uint64 { return c.instance }

// Done returns a channel that Close closes.
func (c *Core) Done() <-chan struct{} { return c.done }

// Start makes the core run. It fails with ErrLifecycle if the core ran before.
func (c *Core) Start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case coreRunning:
		return c.fail("run", ErrLifecycle, "it already runs; an endpoint runs once")
	case coreClosed:
		return c.fail("run", ErrLifecycle, "it was closed; an endpoint runs once, so make a new one")
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
	c.own = map[string]Interest{}
	close(c.done)
	for _, p := range pending {
		p.holders.Add(1)
	}
	c.bumpLocked(true, true)
	c.mu.Unlock()

	for _, p := range pending {
		p.end("it was closed before all answers came")
		p.drop()
	}
	for _, s := range leaving {
		s.stop(true)
	}
	for _, entry := range types {
		for _, s := range entry.pulled {
			s.stop(false)
		}
		for _, s := range entry.handled {
			s.stop(true)
		}
	}
	c.workers.Close()
	close(c.stopped)
	return true
}

// Check returns ErrLifecycle with op unless the core runs.
func (c *Core) Check(op string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.checkLocked(op)
}

func (c *Core) checkLocked(op string) error {
	switch c.state {
	case coreNew:
		return c.fail(op, ErrLifecycle, "it does not run yet; call Run or Serve first")
	case coreClosed:
		return c.lifecycleError(op)
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
	failed := c.fail(op, nil, "")
	if stopped, ok := c.Check(op).(*Error); ok {
		failed = stopped
	}
	failed.Err = ended
	return failed
}

func (c *Core) lifecycleError(op string) error {
	return c.fail(op, ErrLifecycle, "it was closed")
}

// fail makes an error of this endpoint.
func (c *Core) fail(op string, kind error, detail string) *Error {
	return &Error{Op: op, Endpoint: c.cfg.Name, Kind: kind, Detail: detail}
}

func (c *Core) observe(o Observation) {
	if c.cfg.Observer != nil {
		o.Endpoint = c.cfg.Name
		c.cfg.Observer(o)
	}
}

// watcher is shown the events that pass. It must not block. While there is none, an event
// costs only the load of a pointer.
type watcher interface {
	// received is shown an event that has arrived, local one that the endpoint delivers to
	// itself. Both are copies, so that unwatched events need no memory of their own.
	received(in Incoming)
	local(o Outgoing)
}

// setWatcher sets the watcher. Nil means none.
func (c *Core) setWatcher(w watcher) {
	if w == nil {
		c.watching.Store(nil)
		return
	}
	c.watching.Store(&w)
}
