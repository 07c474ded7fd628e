package p2p

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/tap"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Limits of point-to-point endpoints.
const (
	// DefaultMaxMemory is 512 MiB: 32 of the largest events at once.
	DefaultMaxMemory = 512 << 20
	// DefaultMaxHandshakes is 1,000, far more than occur at once: real endpoints say hello
	// at once.
	DefaultMaxHandshakes = 1_000
	// ProbeTimeout is 6 s. An endpoint that connects under the name of a connected peer is
	// refused after at most this time. It is longer than tcp.Transport.Bound, so a peer
	// whose machine has gone has lost its connection, and its name, by then.
	ProbeTimeout = 6 * time.Second
	// MaxTaps is how many connections may tap an endpoint at once (`lahja tap`).
	MaxTaps = 4
	// TapQueueBytes is 4 MiB. It bounds what waits for each tap, counting 256 bytes extra
	// for each event. Beyond it, events are dropped for that tap.
	TapQueueBytes = tap.QueueBytes
	// MinTapInterval is 100 ms, the shortest time between two inspections by a tap.
	MinTapInterval = tap.MinInterval
	// TapGoodbye is 1 s. It bounds how long Shutdown lets taps read what waits for them.
	TapGoodbye = time.Second
)

// Options configures an endpoint. Nil and the zero value work: a field that is zero has the
// default that its comment names. Unless a field gives them a meaning, New refuses negative
// sizes and times with ErrInvalid.
type Options struct {
	// Transport carries the connections. The default is Unix sockets. If it implements
	// io.Closer, it is closed when the last endpoint that uses it ends; see Transport.
	Transport Transport
	// Logger receives problems that no call can return: failed handlers, malformed input,
	// refused connections. Of repeated lines, ten are written at once and then one a
	// second, with the attribute "suppressed" that counts those left out. The default is
	// slog.Default.
	Logger *slog.Logger
	// Observer is called for everything that happens. The default is none.
	Observer lahja.Observer
	// OnHandlerError is called with each error, panic or exit of a handler, on the
	// handler's goroutine. The error is logged in any case.
	OnHandlerError func(lahja.HandlerError)
	// MaxPayload is the size in bytes of the largest event, encoded and before compression.
	// The default is DefaultMaxPayload, the maximum MaxMaxPayload. It applies to sent and
	// to received events, so set it to the same value at both ends. Events that stay within
	// the endpoint have no limit.
	MaxPayload int
	// MaxDecoded is how many bytes of memory a decoded event may take, including all that
	// it refers to. A small event can take much memory: one byte is enough for an element
	// of a slice, whatever its size. An event beyond the limit is refused before it is
	// decoded, and already by its sender (ErrTooLarge). What a type's own unmarshaller
	// allocates does not count. The default is DefaultMaxDecoded, or 8 times MaxPayload if
	// that is more. Set it to the same value at both ends.
	MaxDecoded int
	// CompressAbove is the size in bytes above which an encoded event is compressed, if
	// that makes it smaller. The default is DefaultCompressAbove. Negative means never.
	CompressAbove int
	// QueueBytes is how many bytes of events may wait for each peer before broadcasts to it
	// must wait. The default is DefaultQueueBytes, the maximum MaxQueueBytes. An empty
	// queue also accepts an event that is larger than the limit. Answers do not count.
	QueueBytes int
	// SlowPeer says what happens to an event if the peer's queue has no room for it, or if
	// as many bytes of its type are on their way to the peer as its subscriptions allow.
	// The default is Block. Events that have left for the peer cannot be dropped any more. If
	// they alone fill its subscriptions, DropOldest drops the new event. If they alone fill
	// the queue, DropOldest keeps one event beyond QueueBytes: the newest.
	SlowPeer lahja.SlowPolicy
	// SlowPeerOf, if set, returns the policy for the peer of that name instead of SlowPeer.
	// It is called once for each connection and must not wait. A value that is not one of
	// the policies is logged, and Block is used.
	SlowPeerOf func(peer string) lahja.SlowPolicy
	// BlockWait bounds how long a broadcast waits for room (Block), in addition to its
	// context. It also ends a cycle of handlers that wait for each other's queues. The
	// default is DefaultBlockWait. Negative means no bound.
	BlockWait time.Duration
	// Linger bounds how long Close writes what Broadcast and Respond accepted. The default
	// is DefaultLinger. If all peers read, Close is done as soon as everything is written.
	// What a peer has not taken by then is discarded, logged and observed (EventDropped).
	// Negative means that Close discards everything at once. Shutdown is bounded by its
	// context instead.
	Linger time.Duration
	// ListenWait bounds the wait for a listener to appear, and again for the next one if
	// the listener closes. Waiting for a listener that exists but has not answered does not
	// count. The default is DefaultListenWait.
	ListenWait time.Duration
	// ReadyWait bounds the wait for a connection to become ready, counted from when a
	// listener first exists. The default is DefaultReadyWait.
	ReadyWait time.Duration
	// Reconnect makes the endpoint reconnect to each peer that ConnectToEndpoints connected
	// it to, whenever the connection ends, until the endpoint closes. It pauses between
	// attempts as the Backoff says. The pauses start over after a connection that lasted
	// longer than Most. The default is nil: the endpoint does not reconnect.
	//
	// The peer is listed again, and waits for it return, once each side knows what the
	// other subscribes to, as after the first connect. Nothing is sent again: pending
	// requests fail with ErrRemoteDisconnected, and events that were not written are
	// observed as dropped.
	//
	// A connection that the peer makes meanwhile serves as well; the endpoint dials again
	// when that one ends. If the peer refuses, or access is denied, that is logged once and
	// the next attempt follows after Most. ErrInvalid, or an address that turns out to be
	// the endpoint's own, ends the attempts, and is logged and observed.
	Reconnect *lahja.Backoff
	// HandshakeTimeout bounds how long an incoming connection may take to become ready. The
	// default is DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	// MaxPeers is how many incoming connections are accepted. 0 means no limit.
	MaxPeers int
	// MaxMemory bounds how many bytes all connections together make the endpoint hold,
	// apart from windows and queues, which have bounds of their own. It covers events that
	// have arrived in part, answers that subscriptions have not taken, and answers to syncs
	// and pings for a peer that does not read them. Beyond it, the connection that holds
	// the most is closed, which is logged, observed and counted (Totals.OverMemory). The
	// default is DefaultMaxMemory, the minimum 1 MiB. Use several times MaxPayload.
	// Negative means no bound.
	MaxMemory int
	// MaxHandshakes is how many incoming connections may be waiting for the other side's
	// hello. The default is DefaultMaxHandshakes. One more closes the connection that has
	// been silent for longest.
	MaxHandshakes int
	// Random is where the numbers come from that must not repeat: which run of the endpoint
	// this is, the ids of its requests, and the jitter of Reconnect. The default is the
	// system's randomness. Who can guess them can forge answers, so set it in tests alone, to a
	// source that no other endpoint uses, to make their runs repeatable.
	Random rand.Source
	// NoTap refuses taps (`lahja tap`). By default, every endpoint that may connect may
	// also tap, because it could as well subscribe to every type. A tap differs in two
	// ways: it also sees filtered and internal events and answers, and it is listed only by
	// Inspect, not among the peers.
	NoTap bool
}

// get returns the options with defaults filled in. Nil options work.
func (o *Options) get() *Options {
	var own Options
	if o != nil {
		own = *o
	}
	if own.Transport == nil {
		own.Transport = unix.Transport{}
	}
	own.MaxPayload = cmp.Or(own.MaxPayload, lahja.DefaultMaxPayload)
	own.CompressAbove = cmp.Or(own.CompressAbove, lahja.DefaultCompressAbove)
	own.QueueBytes = cmp.Or(own.QueueBytes, lahja.DefaultQueueBytes)
	own.Linger = cmp.Or(own.Linger, lahja.DefaultLinger)
	own.ListenWait = cmp.Or(own.ListenWait, lahja.DefaultListenWait)
	own.ReadyWait = cmp.Or(own.ReadyWait, lahja.DefaultReadyWait)
	own.HandshakeTimeout = cmp.Or(own.HandshakeTimeout, lahja.DefaultHandshakeTimeout)
	own.MaxMemory = cmp.Or(own.MaxMemory, DefaultMaxMemory)
	own.MaxHandshakes = cmp.Or(own.MaxHandshakes, DefaultMaxHandshakes)
	return &own
}
