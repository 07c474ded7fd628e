package natsbus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// # Order of events
//
// NATS keeps the order of what one connection publishes to one that subscribes, across
// subjects. So an endpoint has one connection, one goroutine that publishes, and one
// channel into which all subscriptions deliver and from which one goroutine dispatches.
// Everything that needs an order goes through these: a sync follows the events that it
// waits for.
//
// The writer assigns sequence numbers when it publishes an event. So an event that is given
// up before that is no gap, and a mark ("so far") is exact for its place in the stream. A
// receiver counts the events of a type from the mark with which the sender acknowledged the
// subscription; whatever arrives earlier is luck.
//
// While there is no server, events wait in the endpoint's own queue, not in the client's,
// so that they count against the limit.
//
// # Locks
//
// Package ordered has the order of locks. The lock of the outbox is held only for a moment,
// so it may be taken while the endpoint's is held, or the core's (CoreConfig.Describe). Only
// the writer's goroutine uses the fields of writer.

// Endpoint is a lahja.EndpointAPI on a NATS server. It runs once, from Run or
// Serve to Close or Shutdown.
type Endpoint struct {
	name     string
	opts     Options
	core     *lahja.Core
	subjects subjects
	logLimit *loglimit.Limiter // of opts.Logger
	out      outbox
	writer   writer
	conn     *nats.Conn
	socket   socket
	most     atomic.Int64  // the server's max_payload
	dropped  atomic.Uint64 // events for members of groups that had gone
	incoming chan *nats.Msg
	work     sync.WaitGroup // the reader, redials and probes
	stopped  chan struct{}  // closed when reader and writer must end
	written  chan struct{}  // closed when the writer has ended
	hungUp   chan struct{}  // closed when the connection to the server has ended
	closed   chan struct{}  // closed when Close has ended

	mu         ordered.Mutex[ordered.Endpoint]
	begun      bool          // there is a connection to close
	closing    bool          // no new peers: Shutdown or Close was called
	shut       bool          // Close was called
	left       chan struct{} // closed when Shutdown has ended
	leaving    error         // its result; read it after left is closed
	backed     chan struct{} // closed while the connection is up
	down       chan struct{} // closed while it is not
	outage     error         // why it is not
	links      map[string]*link
	instances  map[uint64]*link
	dials      map[string]*dial
	missed     map[string]*missing
	reconnects map[string]*reconnectTarget // see Options.Reconnect
	typeSubs   map[string]*nats.Subscription
	announced  control              // the set last announced to peers
	contests   map[uint64]bool      // endpoints that want a name whose holder is being probed
	standing   []*nats.Subscription // subscriptions that last as long as the endpoint
	calls      map[uint64]call
	ticked     time.Time
	stats      Stats
	past       lahja.Traffic // sent to links that have ended
}

var (
	_ lahja.EndpointAPI = (*Endpoint)(nil)
	_ lahja.Shutdowner  = (*Endpoint)(nil)
	_ lahja.Inspector   = (*Endpoint)(nil)
	_ lahja.Lifecycle   = (*Endpoint)(nil)
)

// New returns an endpoint that does not run yet. It fails with ErrInvalid if the name is
// invalid or an option is out of range; the error names the option, its value and the
// range. Nil options work.
func New(name string, opts *Options) (*Endpoint, error) {
	own := opts.get()
	if err := own.check(name); err != nil {
		return nil, err
	}
	if own.Reconnect != nil {
		b, err := own.Reconnect.Complete()
		if err != nil {
			return nil, err
		}
		own.Reconnect = &b
	}
	var limit *loglimit.Limiter
	own.Logger, limit = loglimit.New(own.Logger)
	e := &Endpoint{
		logLimit: limit,
		name:     name, opts: own, subjects: subjects{bus: own.Bus},
		out:      outbox{limit: own.QueueBytes, wake: make(chan struct{}, 1)},
		incoming: make(chan *nats.Msg, own.Pending),
		stopped:  make(chan struct{}), written: make(chan struct{}), hungUp: make(chan struct{}), closed: make(chan struct{}),
		backed: make(chan struct{}), down: make(chan struct{}), links: map[string]*link{}, instances: map[uint64]*link{}, dials: map[string]*dial{},
		missed: map[string]*missing{}, reconnects: map[string]*reconnectTarget{}, contests: map[uint64]bool{}, typeSubs: map[string]*nats.Subscription{}, calls: map[uint64]call{},
	}
	close(e.down)
	core, err := lahja.NewCore(lahja.CoreConfig{Name: name, Endpoint: e, Logger: own.Logger, Observer: own.Observer,
		OnHandlerError: own.OnHandlerError, MaxPayload: own.MaxPayload, MaxDecoded: own.MaxDecoded, BlockWait: own.BlockWait, OwnChanged: e.out.markStale, Describe: e.describe,
		AnswerError: func(err error) error { return e.orClosing("request", err) }})
	if err != nil {
		return nil, err
	}
	e.core = core
	return e, nil
}

// RunEndpoint returns a running endpoint that others cannot connect to.
func RunEndpoint(ctx context.Context, name string, opts *Options) (*Endpoint, error) {
	e, err := New(name, opts)
	if err != nil {
		return nil, err
	}
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// ServeEndpoint returns a running endpoint named config.Name that others can connect to. It
// ignores the address, because endpoints find each other by name.
func ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, opts *Options) (*Endpoint, error) {
	e, err := New(config.Name, opts)
	if err != nil {
		return nil, err
	}
	if err := e.Serve(ctx, config); err != nil {
		return nil, err
	}
	return e, nil
}

// Name returns the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

// Run connects to the server and opens the endpoint. It fails with ErrLifecycle if the
// endpoint ran before. If the server cannot be reached, the endpoint is closed. ctx bounds
// the opening, not the endpoint's life.
func (e *Endpoint) Run(ctx context.Context) error { return e.open(ctx, "run", false) }

// Serve is like Run, and lets others connect. If a live endpoint already serves under the
// name, it fails with ErrConnectionAttemptRejected.
func (e *Endpoint) Serve(ctx context.Context, config lahja.ConnectionConfig) error {
	const op = "serve"
	if config.Name != e.name {
		return e.fail(op, "", lahja.ErrInvalid,
			fmt.Sprintf("the config names %q; it must name this endpoint, because others look for that name", config.Name), nil)
	}
	return e.open(ctx, op, true)
}

func (e *Endpoint) open(ctx context.Context, op string, serve bool) error {
	if err := ctx.Err(); err != nil {
		return e.fail(op, "", nil, "", err)
	}
	if err := e.core.Start(); err != nil {
		return err
	}
	if err := e.begin(ctx, op, serve); err != nil {
		e.Close()
		return err
	}
	if serve {
		e.core.Serving()
	}
	return nil
}

// IsRunning implements lahja.Lifecycle.
func (e *Endpoint) IsRunning() bool { return e.core.IsRunning() }

// IsServing implements lahja.Lifecycle.
func (e *Endpoint) IsServing() bool { return e.core.IsServing() }

// Done implements lahja.Lifecycle. The channel is closed when the endpoint has ended.
func (e *Endpoint) Done() <-chan struct{} { return e.core.Ended() }

// Subscribe implements lahja.EndpointAPI.
func (e *Endpoint) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	return e.core.Subscribe(t, handler, config)
}

// Peers implements lahja.EndpointAPI.
func (e *Endpoint) Peers() lahja.Snapshot { return e.core.Peers() }

// WaitForChange implements lahja.EndpointAPI.
func (e *Endpoint) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	return e.core.WaitForChange(ctx, version)
}

// setAnnounced records what was announced to the server and to peers.
func (e *Endpoint) setAnnounced(subs map[string]*nats.Subscription, set map[string]lahja.Interest, number uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.links {
		for name := range l.got {
			if subs[name] == nil || subs[name] != e.typeSubs[name] {
				delete(l.got, name)
			}
		}
	}
	e.typeSubs = subs
	e.announced = control{Number: number, Types: set}
}

func (e *Endpoint) header(k kind) []byte { return appendHeader(nil, k, e.core.Instance()) }

func (e *Endpoint) observe(o lahja.Observation) {
	if e.opts.Observer != nil {
		o.Endpoint = e.name
		e.opts.Observer(o)
	}
}

func (e *Endpoint) warn(message, peer string, reason error) {
	e.opts.Logger.LogAttrs(context.Background(), slog.LevelWarn, message,
		slog.String("endpoint", e.name), slog.String("peer", peer), slog.Any("error", reason))
}

// fail makes an error of this endpoint.
func (e *Endpoint) fail(op, peer string, kind error, detail string, cause error) *lahja.Error {
	return &lahja.Error{Op: op, Endpoint: e.name, Peer: peer, Kind: kind, Detail: detail, Err: cause}
}

func (e *Endpoint) lifecycleError(op string) error {
	return e.fail(op, "", lahja.ErrLifecycle, "it was closed", nil)
}

// checkOpen fails with ErrLifecycle once the endpoint is closing.
func (e *Endpoint) checkOpen(op string) error {
	e.mu.Lock()
	closing := e.closing
	e.mu.Unlock()
	if closing {
		return e.lifecycleError(op)
	}
	return e.core.Check(op)
}
