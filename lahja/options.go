package lahja

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Defaults and fixed limits.
const (
	// DefaultMaxPayload is 16 MiB.
	DefaultMaxPayload = 16 << 20
	// DefaultMaxDecoded is 128 MiB. A slice of numbers can need that much if it is encoded
	// with one byte for each number and is as large as an event may be (DefaultMaxPayload).
	DefaultMaxDecoded = decodedOfEncoded * DefaultMaxPayload
	// DefaultCompressAbove is 1 KiB. On a local socket, compressing less with Snappy costs
	// more than it saves.
	DefaultCompressAbove = 1 << 10
	// DefaultQueueBytes is 4 MiB: many small events, or a few large ones. It bounds a
	// peer's queue, and a subscription's.
	DefaultQueueBytes = 4 << 20
	// DefaultBlockWait is 30 s, longer than a busy but healthy receiver takes.
	DefaultBlockWait = 30 * time.Second
	// DefaultListenWait is 2 s and DefaultReadyWait 30 s, as in the Python library lahja.
	DefaultListenWait = 2 * time.Second
	DefaultReadyWait  = 30 * time.Second
	// DefaultHandshakeTimeout is 5 s. It bounds how long a connection that sends no valid
	// handshake stays open.
	DefaultHandshakeTimeout = 5 * time.Second
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
	TapQueueBytes = 4 << 20
	// MinTapInterval is the shortest time between two inspections by a tap.
	MinTapInterval = 100 * time.Millisecond
	// DefaultLinger is 1 s. A peer that reads takes a full queue in a fraction of that, and
	// people do not notice a longer exit.
	DefaultLinger = time.Second
	// TapGoodbye is 1 s. It bounds how long Shutdown lets taps read what waits for them.
	TapGoodbye = time.Second
)

// decodedOfEncoded is how many bytes one encoded byte of a large event may take in memory
// by default.
const decodedOfEncoded = 8

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
	Observer Observer
	// OnHandlerError is called with each error, panic or exit of a handler, on the
	// handler's goroutine. The error is logged in any case.
	OnHandlerError func(HandlerError)
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
	// The default is Block. Events that have left for the peer cannot be dropped any more:
	// if only those are in the way, DropOldest drops the event itself.
	SlowPeer SlowPolicy
	// SlowPeerOf, if set, returns the policy for the peer of that name instead of SlowPeer.
	// It is called once for each connection and must not wait. A value that is not one of
	// the policies is logged, and Block is used.
	SlowPeerOf func(peer string) SlowPolicy
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
	Reconnect *Backoff
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
	// NoTap refuses taps (`lahja tap`). By default, every endpoint that may connect may
	// also tap, because it could as well subscribe to every type. A tap differs in two
	// ways: it also sees filtered and internal events and answers, and it is listed only by
	// Inspect, not among the peers.
	NoTap bool
}

func (o *Options) get() *Options {
	if o == nil {
		return &Options{}
	}
	return o
}

func (o *Options) transport() Transport {
	if t := o.get().Transport; t != nil {
		return t
	}
	return unix.Transport{}
}

func (o *Options) maxPayload() int           { return cmp.Or(o.get().MaxPayload, DefaultMaxPayload) }
func (o *Options) compressAbove() int        { return cmp.Or(o.get().CompressAbove, DefaultCompressAbove) }
func (o *Options) queueBytes() int           { return cmp.Or(o.get().QueueBytes, DefaultQueueBytes) }
func (o *Options) listenWait() time.Duration { return cmp.Or(o.get().ListenWait, DefaultListenWait) }
func (o *Options) maxMemory() int            { return cmp.Or(o.get().MaxMemory, DefaultMaxMemory) }
func (o *Options) maxHandshakes() int        { return cmp.Or(o.get().MaxHandshakes, DefaultMaxHandshakes) }
func (o *Options) linger() time.Duration     { return cmp.Or(o.get().Linger, DefaultLinger) }
func (o *Options) readyWait() time.Duration  { return cmp.Or(o.get().ReadyWait, DefaultReadyWait) }
func (o *Options) handshakeWait() time.Duration {
	return cmp.Or(o.get().HandshakeTimeout, DefaultHandshakeTimeout)
}
