package natsbus

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/dial"
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
// so it may be taken while the endpoint's is held, or the core's (core.Config.Describe). Only
// the writer's goroutine uses the fields of writer.

// Endpoint is a lahja.EndpointAPI on a NATS server. It runs once, from Run or
// Serve to Close or Shutdown.
type Endpoint struct {
	name     string
	opts     Options
	core     *core.Core
	part     part
	hears    func(*nats.Msg, message) bool // takes in what it is for, if set; see Listener
	beats    func(time.Time)               // is called with each heartbeat, if set
	relinks  bool                          // looks for peers that fell silent
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

	mu        ordered.Mutex[ordered.Endpoint]
	begun     bool          // there is a connection to close
	closing   bool          // no new peers: Shutdown or Close was called
	shut      bool          // Close was called
	left      chan struct{} // closed when Shutdown has ended
	leaving   error         // its result; read it after left is closed
	backed    chan struct{} // closed while the connection is up
	down      chan struct{} // closed while it is not
	outage    error         // why it is not
	links     map[string]*link
	instances map[uint64]*link
	dials     *dial.Registry[hello] // connection attempts of our own
	missed    map[string]*missing
	typeSubs  map[string]*nats.Subscription
	announced control              // the set last announced to peers
	contests  map[uint64]bool      // endpoints that want a name whose holder is being probed
	standing  []*nats.Subscription // subscriptions that last as long as the endpoint
	serves    bool                 // others can find it by its name
	calls     map[uint64]call
	ticked    time.Time
	stats     Stats
	past      inspect.Traffic // sent to links that have ended
}

var (
	_ lahja.EndpointAPI = (*Endpoint)(nil)
	_ lahja.Shutdowner  = (*Endpoint)(nil)
	_ inspect.Inspector = (*Endpoint)(nil)
	_ lahja.Lifecycle   = (*Endpoint)(nil)
)

// Name returns the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

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

// fail makes an error of this endpoint.
func (e *Endpoint) fail(op, peer string, kind error, detail string, cause error) *lahja.Error {
	return &lahja.Error{Op: op, Endpoint: e.name, Peer: peer, Kind: kind, Detail: detail, Err: cause}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
