package p2p

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/dial"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/tap"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// Endpoint is an EndpointAPI that connects to others point to point, over any
// Transport. It runs once, from Run or Serve to Close or Shutdown.
type Endpoint struct {
	name string
	opts *Options
	core *core.Core
	work work.Group // goroutines, except those that call handlers
	use  transportUse

	logLimit *loglimit.Limiter // of opts.Logger
	memory   memory

	mu         ordered.Mutex[ordered.Endpoint]
	listener   net.Listener
	peers      map[string]*peer         // by name, from the handshake to the end
	dials      *dial.Registry[struct{}] // connection attempts of our own
	handshakes pendingHandshakes        // connections whose other side has no name yet
	taps       []*tap.Tap               // never changed in place
	shown      atomic.Pointer[taps]     // the taps that want events; nil for none
	past       inspect.Totals           // counts of peers that have gone
	closing    bool                     // no new connections: Shutdown or Close was called
	left       chan struct{}            // closed when Shutdown has ended; nil without one
	ended      chan struct{}            // closed when end has ended; nil before it begins
}

var (
	_ lahja.EndpointAPI = (*Endpoint)(nil)
	_ lahja.Shutdowner  = (*Endpoint)(nil)
	_ inspect.Inspector = (*Endpoint)(nil)
	_ lahja.Lifecycle   = (*Endpoint)(nil)
)

// alsoFailed joins err with an error of the cleanup, if there is one.
func alsoFailed(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}

// Name returns the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

// IsRunning implements lahja.Lifecycle.
func (e *Endpoint) IsRunning() bool { return e.core.IsRunning() }

// IsServing implements lahja.Lifecycle.
func (e *Endpoint) IsServing() bool { return e.core.IsServing() }

// Done implements lahja.Lifecycle. The channel is closed when the endpoint has ended.
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

// leaveTransport closes the transport if nobody uses it any more. That happens only if the
// endpoint has ended meanwhile.
func (e *Endpoint) leaveTransport() {
	if err := e.use.leave(); err != nil {
		e.logUnclosed(err)
	}
}

func (e *Endpoint) logUnclosed(err error) {
	e.opts.Logger.Warn("lahja: close the transport", slog.String("endpoint", e.name), slog.Any("error", err))
}

// connectionError adds the kind to an error of a connection.
func (e *Endpoint) connectionError(name, op string, err error) error {
	if _, ok := errors.AsType[*lahja.Error](err); ok {
		return err
	}
	failed := &lahja.Error{Op: op, Endpoint: e.name, Peer: name, Kind: lahja.ErrRemoteDisconnected, Err: err}
	switch {
	case errors.Is(err, wire.ErrMalformed):
		failed.Kind = lahja.ErrMalformed
	case errors.Is(err, wire.ErrTooLarge):
		failed.Kind = lahja.ErrTooLarge
	case errors.Is(err, io.EOF):
		failed.Detail = "the other side closed the connection"
	}
	return failed
}
