package lahja

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// Endpoint is an EndpointAPI that connects to others point to point, over any
// Transport. It runs once, from Run or Serve to Close or Shutdown.
type Endpoint struct {
	name string
	opts *Options
	core *Core
	work work.Group // goroutines, except those that call handlers
	use  transportUse

	logLimit *loglimit.Limiter // of opts.Logger
	memory   memory

	mu         ordered.Mutex[ordered.Endpoint]
	listener   net.Listener
	peers      map[string]*peer            // by name, from the handshake to the end
	dials      map[string]*dial            // connection attempts of our own
	reconnects map[string]*reconnectTarget // see Options.Reconnect
	handshakes pendingHandshakes           // connections whose other side has no name yet
	taps       []*tap                      // never changed in place
	shown      atomic.Pointer[taps]        // the taps that want events; nil for none
	past       Totals                      // counts of peers that have gone
	closing    bool                        // no new connections: Shutdown or Close was called
	left       chan struct{}               // closed when Shutdown has ended; nil without one
	ended      chan struct{}               // closed when end has ended; nil before it begins
}

var (
	_ EndpointAPI = (*Endpoint)(nil)
	_ Shutdowner  = (*Endpoint)(nil)
	_ Inspector   = (*Endpoint)(nil)
	_ Lifecycle   = (*Endpoint)(nil)
)

// New returns an endpoint that does not run yet. It fails with ErrInvalid if the name is
// invalid or an option is out of range; the error names the option, its value and the
// range. Nil options work.
func New(name string, opts *Options) (*Endpoint, error) {
	own := *opts.get()
	if err := own.check(name); err != nil {
		return nil, err
	}
	if own.Reconnect != nil {
		complete, _ := own.Reconnect.completed()
		own.Reconnect = &complete
	}
	var limit *loglimit.Limiter
	own.Logger, limit = loglimit.New(own.Logger) // Never nil from here on.
	e := &Endpoint{logLimit: limit, name: name, opts: &own,
		peers: map[string]*peer{}, dials: map[string]*dial{}, reconnects: map[string]*reconnectTarget{}, handshakes: pendingHandshakes{}}
	e.use.transport = own.transport()
	e.memory.limit = int64(own.maxMemory())
	core, err := NewCore(CoreConfig{Name: name, Endpoint: e, Full: peerIsFull, Logger: own.Logger, Observer: own.Observer,
		OnHandlerError: own.OnHandlerError, MaxPayload: e.opts.maxPayload(), MaxDecoded: own.MaxDecoded, BlockWait: own.BlockWait, OwnChanged: e.tellPeers, Describe: describeTo,
		AnswerError: func(err error) error { return e.orClosing("request", err) }})
	if err != nil {
		return nil, err
	}
	e.core = core
	return e, nil
}

// RunEndpoint returns a running endpoint that does not listen. If it fails, it leaves
// nothing behind: a transport that implements io.Closer is closed, unless another endpoint
// uses it.
func RunEndpoint(ctx context.Context, name string, opts *Options) (*Endpoint, error) {
	return opened(name, opts, func(e *Endpoint) error { return e.Run(ctx) })
}

// ServeEndpoint returns a running endpoint named config.Name that listens at
// config.Address. If it fails, it leaves nothing behind, like RunEndpoint.
func ServeEndpoint(ctx context.Context, config ConnectionConfig, opts *Options) (*Endpoint, error) {
	return opened(config.Name, opts, func(e *Endpoint) error { return e.Serve(ctx, config) })
}

// opened returns a new endpoint after opening it with open.
func opened(name string, opts *Options, open func(*Endpoint) error) (*Endpoint, error) {
	e, err := New(name, opts)
	if err != nil {
		unused := transportUse{transport: opts.transport()}
		return nil, alsoFailed(err, unused.ends())
	}
	if err := open(e); err != nil {
		return nil, alsoFailed(err, e.Close())
	}
	return e, nil
}

// alsoFailed joins err with an error of the cleanup, if there is one.
func alsoFailed(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}

// Name returns the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

// Run opens the endpoint. It fails with ErrLifecycle if the endpoint ran before. ctx bounds
// the opening, not the endpoint's life.
func (e *Endpoint) Run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &Error{Op: "run", Endpoint: e.name, Err: err}
	}
	if err := e.core.Start(); err != nil {
		return err
	}
	e.use.begins()
	return nil
}

// Serve is like Run, and also listens at config.Address. If it cannot listen, it closes the
// endpoint.
func (e *Endpoint) Serve(ctx context.Context, config ConnectionConfig) error {
	const op = "serve"
	if config.Name != e.name {
		return &Error{Op: op, Endpoint: e.name, Kind: ErrInvalid,
			Detail: fmt.Sprintf("the config names %q; it must name this endpoint, because others check the name that answers", config.Name)}
	}
	if err := e.Run(ctx); err != nil {
		return err
	}
	e.use.enter()
	l, err := e.use.transport.Listen(ctx, config.Address)
	if err != nil {
		closed := errors.Join(e.use.leave(), e.Close())
		failed := &Error{Op: op, Endpoint: e.name, Detail: "it cannot listen at " + config.Address, Err: err}
		if short := shortage(err); short != "" {
			failed.Detail += "; " + short
		}
		return alsoFailed(completed(failed, Error{}), closed)
	}
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		l.Close()
		e.leaveTransport()
		return e.core.lifecycleError(op)
	}
	e.listener = l
	e.core.Serving()
	e.work.Start()
	e.mu.Unlock()
	go e.accept(l)
	e.leaveTransport() // Now the endpoint closes the listener before it ends.
	return nil
}

// IsRunning implements Lifecycle.
func (e *Endpoint) IsRunning() bool { return e.core.IsRunning() }

// IsServing implements Lifecycle.
func (e *Endpoint) IsServing() bool { return e.core.IsServing() }

// Done implements Lifecycle. The channel is closed when the endpoint has ended.
func (e *Endpoint) Done() <-chan struct{} { return e.core.Ended() }

// Addr returns where the endpoint listens, or nil if it does not. If the config left a
// choice, such as port 0, it is what the system chose.
func (e *Endpoint) Addr() net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listener == nil {
		return nil
	}
	return e.listener.Addr()
}

// Subscribe implements EndpointAPI.
func (e *Endpoint) Subscribe(t EventType, handler Handler, config SubscribeConfig) (*Subscription, error) {
	return e.core.Subscribe(t, handler, config)
}

// Peers implements EndpointAPI.
func (e *Endpoint) Peers() Snapshot { return e.core.Peers() }

// WaitForChange implements EndpointAPI.
func (e *Endpoint) WaitForChange(ctx context.Context, version uint64) (Snapshot, error) {
	return e.core.WaitForChange(ctx, version)
}

// tellPeers makes every peer learn what the endpoint subscribes to now.
func (e *Endpoint) tellPeers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.peers {
		p.out.MarkStale()
	}
}

// holder returns the connection that has the name, ready or not.
func (e *Endpoint) holder(name string) *peer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.peers[name]
}

func (e *Endpoint) log(level slog.Level, message, name string, conn net.Conn, reason error) {
	ctx := context.Background()
	if !e.opts.Logger.Enabled(ctx, level) {
		return
	}
	e.opts.Logger.LogAttrs(ctx, level, message, slog.String("endpoint", e.name), slog.String("peer", name),
		slog.Any("address", conn.RemoteAddr()), slog.Any("error", reason))
}
