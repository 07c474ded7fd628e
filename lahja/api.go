package lahja

import (
	"context"
	"errors"
	"slices"
	"time"
)

// EndpointAPI is the contract between an endpoint and those who drive it. It
// is untyped and small; the typed API (Broadcast, Request, Subscribe,
// NewStream, WaitFor) and every query and wait are package functions over it.
//
// All methods are safe for concurrent use and may be called from any handler.
// Before an endpoint runs and after it closed they fail with ErrLifecycle.
//
// A call whose context has ended fails with the context's error, also where it would
// not have to wait, and has done nothing. That holds for every function of this package
// that takes a context. Shutdown closes the endpoint nevertheless.
type EndpointAPI interface {
	// Name is the endpoint's name, unique among the endpoints it connects to.
	Name() string

	// ConnectToEndpoints connects to all of configs in parallel and returns
	// when every one is ready: each side lists the other and knows its
	// subscriptions. It waits for a listener to appear and for the connection
	// to be ready, within the endpoint's limits and ctx. A refusal is
	// ErrConnectionAttemptRejected with its reason.
	ConnectToEndpoints(ctx context.Context, configs ...ConnectionConfig) error

	// Broadcast sends payload, a struct or a pointer to one, to every endpoint
	// that config allows and that subscribes to its type, oneself included. It
	// returns when the event is queued for all of them, and waits (bounded by
	// ctx) where a queue is full.
	//
	// The endpoint's own subscribers get a value equal to the one that those of a
	// peer get, and what could not be sent to a peer is refused for them too. Their
	// value may share the slices, maps and pointers of payload. So do not change
	// what payload refers to after broadcasting it; to change it, broadcast a copy.
	Broadcast(ctx context.Context, payload any, config BroadcastConfig) error

	// Request broadcasts payload, and returns when it is queued, as Broadcast does.
	// Each endpoint that receives it is to answer with an event of type want. Where
	// nobody does it fails with ErrNoSubscribers.
	Request(ctx context.Context, payload any, want EventType, config BroadcastConfig) (Answers, error)

	// Subscribe registers for the events of one type and returns at once:
	// peers learn of it later (see WaitUntilSubscriptionsKnown). With a handler
	// the subscription calls it for one event after the other, on a goroutine
	// of its own (but see SubscribeConfig.Inline); with a nil handler the events are
	// taken with Next.
	Subscribe(eventType EventType, handler Handler, config SubscribeConfig) (*Subscription, error)

	// Sync returns once the named peer, or the endpoint itself, has handled
	// everything that this endpoint sent to it before. As events of one sender
	// keep their order, all that the peer had sent before it answered has then
	// arrived here too. Events that wait in a stream count as handled.
	Sync(ctx context.Context, peer string) error

	// Peers tells who is connected and what they subscribe to, the endpoint
	// itself first; nobody before it runs and after it closed. The snapshot is shared
	// and must not be changed. Peers, and so every query, changes nothing.
	Peers() Snapshot

	// WaitForChange waits for a snapshot whose version is greater than version.
	WaitForChange(ctx context.Context, version uint64) (Snapshot, error)

	// Close ends the endpoint. What waits on it fails with ErrLifecycle, and the contexts of
	// its handlers end. Close first writes what Broadcast and Respond accepted, to peers that
	// read, within a linger (Options.Linger, 1 s unless it is set). Then it stops the server,
	// the connections and every background task, and waits for them and for the handlers.
	// What a peer did not take in time is logged and observed; Shutdown returns it as an
	// error. Closing again returns nil. Called from a handler of the endpoint, Close does
	// not wait for that handler.
	Close() error
}

// Shutdowner is offered by endpoints that can close without losing what is
// under way in either direction. See Shutdown.
type Shutdowner interface {
	// Shutdown is Close that also waits for handlers: it stops accepting, finishes the
	// handlers that run and those that are queued, sends what is queued, and closes. When
	// ctx ends first it closes at once, and its error says what it gave up and wraps that of
	// ctx. It does not wait for a handler that runs on although its context has ended.
	Shutdown(ctx context.Context) error
}

// Shutdown shuts ep down where it can (Shutdowner), and closes it where it cannot.
func Shutdown(ctx context.Context, ep EndpointAPI) error {
	if s, ok := ep.(Shutdowner); ok {
		return s.Shutdown(ctx)
	}
	return ShutdownError(ep.Name(), ctx.Err(), ep.Close())
}

// ShutdownError is for implementations of Shutdowner: what Shutdown returns when it comes to err.
// Where the context had ended before, with late as its error, that is an error even if there was
// nothing to give up.
func ShutdownError(endpoint string, late, err error) error {
	if late == nil || errors.Is(err, late) {
		return err
	}
	return errors.Join(err, &Error{Op: "shutdown", Endpoint: endpoint, Detail: "its context had ended before, so it closed at once", Err: late})
}

// ConnectionConfig says where an endpoint listens.
type ConnectionConfig struct {
	// Name is the listening endpoint's name. Who connects checks that it is
	// this endpoint that answers.
	Name string
	// Address means something to the transport alone: a socket path, a host
	// and port, nothing at all.
	Address string
}

func (c ConnectionConfig) String() string {
	if c.Address == "" {
		return c.Name
	}
	return c.Name + "@" + c.Address
}

// BroadcastConfig narrows who receives an event. The zero value sends to every
// subscriber and requires that there is one.
type BroadcastConfig struct {
	// FilterEndpoints names the only endpoints that may receive the event;
	// none means all. Each one named must subscribe to it, or the broadcast
	// fails with ErrNoSubscribers and reaches nobody.
	FilterEndpoints []string
	// FilterEventID makes the event an answer to the request of that id (see
	// Event.Respond and Event.BroadcastConfig).
	FilterEventID EventID
	// Headers travel with the event. Those outside the limits (see Headers) are
	// ErrInvalid. The map is not kept.
	Headers Headers
	// Internal keeps the event within the endpoint. It cannot be combined with
	// FilterEndpoints.
	Internal bool
	// AllowNoSubscribers switches the check for subscribers off. A request that
	// nobody is there to answer fails with ErrNoSubscribers all the same.
	AllowNoSubscribers bool
	// NoWait makes a full queue an error (ErrQueueFull) instead of a wait.
	NoWait bool
}

// AllowedToReceive reports whether the config lets the named endpoint receive the event, as
// far as FilterEndpoints says. The endpoint must also subscribe to the event, or have made
// the request that it answers; and with Internal it is the one that broadcasts.
func (c BroadcastConfig) AllowedToReceive(name string) bool {
	return len(c.FilterEndpoints) == 0 || slices.Contains(c.FilterEndpoints, name)
}

// Snapshot is what an endpoint knew of its peers at one moment.
type Snapshot struct {
	// Version grows with every change.
	Version uint64
	// Connections grows when a peer connects or disconnects.
	Connections uint64
	// Subscriptions grows when anybody's subscriptions change, one's own
	// included, and with every connect and disconnect.
	Subscriptions uint64
	// Own grows with every change of the endpoint's own subscriptions.
	Own uint64
	// Peers lists the endpoint itself, then the others by name.
	Peers []Peer
}

// Peer is one endpoint as another one sees it.
type Peer struct {
	Name string
	// Subscriptions maps the wire names of the event types that the peer
	// subscribes to to how it does. Not to be changed.
	Subscriptions map[string]Interest
	// Knows is the value of Snapshot.Own that the peer has acknowledged.
	Knows uint64
	// Since is when the connection became ready; of the endpoint itself, when it began to
	// run.
	Since time.Time
}

// Peer returns the peer of that name.
func (s Snapshot) Peer(name string) (Peer, bool) {
	for _, p := range s.Peers {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}
