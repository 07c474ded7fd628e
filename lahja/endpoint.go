package lahja

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// Endpoint is an EndpointAPI that connects to others point to point, over any
// Transport. It runs once, from Run or Serve to Close or Shutdown.
type Endpoint struct {
	name string
	opts *Options
	core *Core
	work work.Group // all but those that call handlers
	use  transportUse

	logLimit *loglimit.Limiter // of opts.Logger
	memory   memory

	mu        sync.Mutex // see doc.go for the order of locks
	listener  net.Listener
	peers     map[string]*peer     // who holds a name, from the handshake to the end
	dials     map[string]*dial     // connection attempts of our own
	kept      map[string]*kept     // whom to go back to
	strangers strangers            // connections whose other side has no name yet
	taps      []*tap               // never changed in place
	shown     atomic.Pointer[taps] // those that want events; nil for none
	past      Totals               // what peers that have gone came to
	closing   bool                 // no new connections: Shutdown or Close was called
	left      chan struct{}        // closed when Shutdown has ended; nil without one
	ended     chan struct{}        // closed when end has ended; nil before it begins
}

var (
	_ EndpointAPI = (*Endpoint)(nil)
	_ Shutdowner  = (*Endpoint)(nil)
	_ Inspector   = (*Endpoint)(nil)
	_ Lifecycle   = (*Endpoint)(nil)
)

// New makes an endpoint that does not run yet. It fails with ErrInvalid for a
// name that cannot be one, and for an option outside its range: the error says which
// option, its value and the range. Nil options work.
func New(name string, opts *Options) (*Endpoint, error) {
	own := *opts.get()
	if err := own.check(name); err != nil {
		return nil, err
	}
	if own.Reconnect != nil {
		complete, _ := own.Reconnect.completed()
		own.Reconnect = &complete
	}
	logger, limit := loglimit.New(own.Logger)
	own.Logger = logger
	e := &Endpoint{logLimit: limit, name: name, opts: &own,
		peers: map[string]*peer{}, dials: map[string]*dial{}, kept: map[string]*kept{}, strangers: strangers{}}
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

// RunEndpoint makes an endpoint that runs and does not listen. If it fails, it leaves
// nothing behind: a transport that implements io.Closer is closed, unless another endpoint
// uses it.
func RunEndpoint(ctx context.Context, name string, opts *Options) (*Endpoint, error) {
	return opened(name, opts, func(e *Endpoint) error { return e.Run(ctx) })
}

// ServeEndpoint makes an endpoint named config.Name that listens at
// config.Address. If it fails, it leaves nothing behind, as RunEndpoint does.
func ServeEndpoint(ctx context.Context, config ConnectionConfig, opts *Options) (*Endpoint, error) {
	return opened(config.Name, opts, func(e *Endpoint) error { return e.Serve(ctx, config) })
}

// opened is a new endpoint that open has opened.
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

// alsoFailed is err, joined with an error of cleaning up after it if there is one.
func alsoFailed(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}

// Name is the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

// Run opens the endpoint. It fails with ErrLifecycle when the endpoint ran
// before. ctx bounds the opening, not the endpoint's life.
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

// Serve is Run for an endpoint that also listens at config.Address. If it
// cannot, the endpoint is closed.
func (e *Endpoint) Serve(ctx context.Context, config ConnectionConfig) error {
	const op = "serve"
	if config.Name != e.name {
		return &Error{Op: op, Endpoint: e.name, Kind: ErrInvalid,
			Detail: fmt.Sprintf("the config is that of %q; others check that it is this name that answers", config.Name)}
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

// IsRunning is Lifecycle.IsRunning.
func (e *Endpoint) IsRunning() bool { return e.core.IsRunning() }

// IsServing is Lifecycle.IsServing.
func (e *Endpoint) IsServing() bool { return e.core.IsServing() }

// Done is Lifecycle.Done: closed when the endpoint has ended.
func (e *Endpoint) Done() <-chan struct{} { return e.core.Ended() }

// Addr is where the endpoint listens, nil when it does not: what the system chose
// where the config left it a choice, such as port 0.
func (e *Endpoint) Addr() net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listener == nil {
		return nil
	}
	return e.listener.Addr()
}

// Subscribe is EndpointAPI.Subscribe.
func (e *Endpoint) Subscribe(t EventType, handler Handler, config SubscribeConfig) (*Subscription, error) {
	return e.core.Subscribe(t, handler, config)
}

// Peers is EndpointAPI.Peers.
func (e *Endpoint) Peers() Snapshot { return e.core.Peers() }

// WaitForChange is EndpointAPI.WaitForChange.
func (e *Endpoint) WaitForChange(ctx context.Context, version uint64) (Snapshot, error) {
	return e.core.WaitForChange(ctx, version)
}

// tellPeers has every peer told what the endpoint subscribes to now.
func (e *Endpoint) tellPeers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.peers {
		p.out.MarkStale()
	}
}

// holder is the connection that has the name, ready or not.
func (e *Endpoint) holder(name string) *peer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.peers[name]
}

func (e *Endpoint) log(level slog.Level, message, name string, conn net.Conn, reason error) {
	ctx := context.Background()
	logger := e.opts.logger()
	if !logger.Enabled(ctx, level) {
		return
	}
	logger.LogAttrs(ctx, level, message, slog.String("endpoint", e.name), slog.String("peer", name),
		slog.Any("address", conn.RemoteAddr()), slog.Any("error", reason))
}
