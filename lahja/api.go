package lahja

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
)

// EndpointAPI is the contract that every endpoint implements. It is small and untyped. The
// typed functions of this package (Broadcast, Request, Subscribe, NewStream, WaitFor) and
// all queries and waits are built on it.
//
// All methods are safe for concurrent use, and you may call them from any handler. Before
// an endpoint runs, and after it has closed, they return ErrLifecycle.
//
// If the context has already ended, a call does nothing and returns the context's error,
// even if it would not have to wait. This holds for every function of this package that
// takes a context, except that Shutdown still closes the endpoint.
type EndpointAPI interface {
	// Name returns the endpoint's name, which is unique among the endpoints it connects to.
	Name() string

	// ConnectToEndpoints connects to all configs in parallel. It returns when every
	// connection is ready: each side lists the other and knows its subscriptions. It waits
	// for listeners to appear and for connections to become ready, within the endpoint's
	// limits and ctx. If an endpoint refuses the connection, the error is
	// ErrConnectionAttemptRejected with the reason.
	ConnectToEndpoints(ctx context.Context, configs ...ConnectionConfig) error

	// Broadcast sends payload, a struct or a pointer to one, to every endpoint that
	// subscribes to its type and that config allows, including this one. It returns once
	// the event is queued for all of them. If a queue is full it waits, up to the end of
	// ctx.
	//
	// The endpoint's own subscribers receive a value equal to the one that peers receive,
	// and a payload that cannot be sent to peers is refused for them too. Their value may
	// share slices, maps and pointers with payload, so do not change what payload refers to
	// after the call. To change it, broadcast a copy.
	Broadcast(ctx context.Context, payload any, config BroadcastConfig) error

	// Request broadcasts payload and returns once it is queued, as Broadcast does. Each
	// endpoint that receives the request should answer with an event of type want. If
	// nobody subscribes, it fails with ErrNoSubscribers.
	Request(ctx context.Context, payload any, want EventType, config BroadcastConfig) (Answers, error)

	// Subscribe registers for the events of one type and returns at once. Peers learn of
	// the subscription later (see WaitUntilSubscriptionsKnown). If handler is not nil, the
	// subscription calls it for one event at a time, on varying goroutines. If handler is nil,
	// take the events with Next.
	Subscribe(eventType EventType, handler Handler, config SubscribeConfig) (*Subscription, error)

	// Sync waits until the named peer, or the endpoint itself, has handled everything that
	// this endpoint sent to it before the call. Events of one sender keep their order, so
	// whatever the peer sent before it answered has then arrived here too. Events that wait
	// in a stream count as handled.
	Sync(ctx context.Context, peer string) error

	// Peers returns who is connected and what they subscribe to, with the endpoint itself
	// first. The list is empty before the endpoint runs and after it has closed. The
	// snapshot is shared, so do not change it. Peers, and so every query, changes nothing.
	Peers() Snapshot

	// WaitForChange waits until the snapshot's version is greater than version, and returns
	// that snapshot.
	WaitForChange(ctx context.Context, version uint64) (Snapshot, error)

	// Close ends the endpoint. Calls that wait on it fail with ErrLifecycle, and the
	// contexts of its handlers end. Close first writes what Broadcast and Respond accepted
	// to peers that still read, for at most Options.Linger (1 s by default). Then it stops
	// the server, the connections and all background work, and waits for them and for the
	// handlers. Events that a peer did not take in time are logged and observed; only
	// Shutdown returns them as an error. Closing again returns nil. If a handler of the
	// endpoint calls Close, Close does not wait for that handler.
	Close() error
}

// Shutdowner is implemented by endpoints that can close without losing what is under way in
// either direction. See Shutdown.
type Shutdowner interface {
	// Shutdown stops accepting, lets running and queued handlers finish, sends what is
	// queued, and closes. If ctx ends first, it closes at once and returns an error that
	// wraps ctx's and says what was given up. It does not wait for a handler that keeps
	// running after its context has ended.
	Shutdown(ctx context.Context) error
}

// Shutdown calls ep's Shutdown method if it has one (see Shutdowner), and its Close method
// otherwise.
func Shutdown(ctx context.Context, ep EndpointAPI) error {
	if s, ok := ep.(Shutdowner); ok {
		return s.Shutdown(ctx)
	}
	return ShutdownError(ep.Name(), ctx.Err(), ep.Close())
}

// ShutdownError is for implementations of Shutdowner. It returns what Shutdown should
// return if closing returned err. late is the error of a context that had ended before the
// call, or nil; such a context is an error even if nothing had to be given up.
func ShutdownError(endpoint string, late, err error) error {
	if late == nil || errors.Is(err, late) {
		return err
	}
	return errors.Join(err, &Error{Op: "shutdown", Endpoint: endpoint, Detail: "its context had ended before, so it closed at once", Err: late})
}

// ConnectionConfig says where an endpoint listens.
type ConnectionConfig struct {
	// Name is the listening endpoint's name. The endpoint that connects checks that this is
	// the one that answers.
	Name string
	// Address is for the transport alone: a socket path, a host and port, or nothing at
	// all.
	Address string
}

func (c ConnectionConfig) String() string {
	if c.Address == "" {
		return c.Name
	}
	return c.Name + "@" + c.Address
}

// BroadcastConfig narrows who receives an event. The zero value sends it to every
// subscriber and requires that there is at least one.
type BroadcastConfig struct {
	// FilterEndpoints names the only endpoints that may receive the event. Empty means all.
	// If one of them does not subscribe to the event, the broadcast fails with
	// ErrNoSubscribers and reaches nobody.
	FilterEndpoints []string
	// FilterEventID makes the event an answer to the request with this id. See
	// Event.Respond and Event.BroadcastConfig.
	FilterEventID EventID
	// Headers travel with the event. Headers beyond the limits (see Headers) are
	// ErrInvalid. The bus does not keep the map.
	Headers Headers
	// Internal keeps the event within the endpoint. It cannot be combined with
	// FilterEndpoints.
	Internal bool
	// AllowNoSubscribers turns the check for subscribers off. A request that nobody can
	// answer still fails with ErrNoSubscribers.
	AllowNoSubscribers bool
	// NoWait returns ErrQueueFull instead of waiting when a queue is full.
	NoWait bool
}

// AllowedToReceive reports whether FilterEndpoints lets the named endpoint receive the
// event. To receive it, the endpoint must also subscribe to the event or have made the
// request that it answers. An Internal event is received only by the endpoint that
// broadcasts it.
func (c BroadcastConfig) AllowedToReceive(name string) bool {
	return len(c.FilterEndpoints) == 0 || slices.Contains(c.FilterEndpoints, name)
}

// Snapshot is what an endpoint knows of its peers at one moment.
type Snapshot struct {
	// Version grows with every change.
	Version uint64
	// Connections grows when a peer connects or disconnects.
	Connections uint64
	// Subscriptions grows with every connect and disconnect, and when any endpoint's
	// subscriptions change, including one's own.
	Subscriptions uint64
	// Own grows when the endpoint's own subscriptions change.
	Own uint64
	// Peers lists the endpoint itself first, then the others sorted by name.
	Peers []Peer
}

// Peer describes one endpoint as seen by another.
type Peer struct {
	Name string
	// Subscriptions maps the wire name of each event type that the peer subscribes to, to
	// how it subscribes. Do not change it.
	Subscriptions map[string]Interest
	// Knows is the latest value of Snapshot.Own that the peer has acknowledged.
	Knows uint64
	// Since is when the connection became ready. For the endpoint itself it is when it
	// began to run.
	Since time.Time
}

// Peer returns the peer with that name, and whether there is one.
func (s Snapshot) Peer(name string) (Peer, bool) {
	for _, p := range s.Peers {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}

// String lists the peers with what they subscribe to. Of many it names a few.
func (s Snapshot) String() string {
	if len(s.Peers) == 0 {
		return "nobody"
	}
	return brief.Each(len(s.Peers), "; ", func(i int) string { return s.Peers[i].String() })
}

// String returns "NAME subscribes to TYPES". Of many types it names a few.
func (p Peer) String() string {
	types := "nothing"
	if len(p.Subscriptions) > 0 {
		types = brief.Keys(p.Subscriptions, "types")
	}
	return brief.Name(p.Name) + " subscribes to " + types
}
