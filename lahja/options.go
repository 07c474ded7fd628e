package lahja

import (
	"log/slog"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Limits that hold where Options does not say otherwise.
const (
	// DefaultMaxPayload is 16 MiB.
	DefaultMaxPayload = 16 << 20
	// DefaultMaxDecoded is 128 MiB: what a slice of numbers takes that is as large as
	// an event may be (DefaultMaxPayload) and has a byte for each number.
	DefaultMaxDecoded = decodedOfEncoded * DefaultMaxPayload
	// DefaultCompressAbove is 1 KiB: below it, snappy costs more than it saves
	// on a local socket.
	DefaultCompressAbove = 1 << 10
	// DefaultQueueBytes is 4 MiB: many small events, or a few large ones. It is the
	// bound of a peer's queue and of a subscription's.
	DefaultQueueBytes = 4 << 20
	// DefaultBlockWait is 30 s: longer than anything that is busy and well takes.
	DefaultBlockWait = 30 * time.Second
	// DefaultListenWait and DefaultReadyWait are the original's.
	DefaultListenWait = 2 * time.Second
	DefaultReadyWait  = 30 * time.Second
	// DefaultHandshakeTimeout bounds how long a stranger may hold a
	// connection.
	DefaultHandshakeTimeout = 5 * time.Second
	// DefaultMaxMemory is 512 MiB: 32 of the largest events at once.
	DefaultMaxMemory = 512 << 20
	// DefaultMaxStrangers is 1,000: far more than come at once, as who is an endpoint
	// says hello at once.
	DefaultMaxStrangers = 1_000
	// ProbeTimeout is 6 s: how long an endpoint that comes under the name of a
	// connected peer may have to wait until it is refused. It is above
	// tcp.Transport.Bound, so a peer whose machine has gone has lost its
	// connection, and its name, by then.
	ProbeTimeout = 6 * time.Second
	// MaxTaps is how many may look on at an endpoint at once (`lahja tap`).
	MaxTaps = 4
	// TapQueueBytes is 4 MiB: what waits for each of them, with 256 bytes for each
	// event, before events are dropped for it.
	TapQueueBytes = 4 << 20
	// MinTapInterval is the shortest time between two inspections.
	MinTapInterval = 100 * time.Millisecond
	// DefaultLinger is 1 s: a peer that reads takes what a queue holds in a fraction of
	// it, and a program that ends is not held up for longer than people notice.
	DefaultLinger = time.Second
	// TapGoodbye bounds how long Shutdown lets taps read what waits for them.
	TapGoodbye = time.Second
)

// decodedOfEncoded is how many bytes a byte of an event may take, by default and where there
// are many of them.
const decodedOfEncoded = 8

// Options changes how an endpoint works. Nil and the zero value work; a field
// that is zero has the default that is named with it. New refuses negative sizes and times
// (ErrInvalid), except where a field says what they mean.
type Options struct {
	// Transport carries the connections; the default is Unix sockets. One that implements
	// io.Closer is closed when the last endpoint that uses it ends; see Transport.
	Transport Transport
	// Logger gets what goes wrong without anybody to return it to: failed
	// handlers, malformed input, refused connections. Of lines that repeat, ten are
	// written at once and then one a second, which says in the attribute "suppressed"
	// how many were not. The default is slog.Default.
	Logger *slog.Logger
	// Observer sees what happens; the default is nobody.
	Observer Observer
	// OnHandlerError is called, on the goroutine of the handler, with each
	// error, panic or exit of a handler. It is logged in any case.
	OnHandlerError func(HandlerError)
	// MaxPayload is the largest event in bytes, encoded and before
	// compression; DefaultMaxPayload. It holds for what is sent and for what is
	// received, so it should be the same at both ends. An event that stays
	// within the endpoint has no limit. At most MaxMaxPayload.
	MaxPayload int
	// MaxDecoded is the most memory in bytes that an event may take when it is
	// decoded, all that it refers to included. A small event can take much: a byte
	// is enough for an element of a slice, whatever its size. What would take more is
	// refused before it is decoded, and by its sender before it is sent
	// (ErrTooLarge). What a type's own unmarshaller allocates is not counted. The
	// default is DefaultMaxDecoded, or 8 times MaxPayload if that is more. It should be
	// the same at both ends.
	MaxDecoded int
	// CompressAbove is the size in bytes above which an encoded event is
	// compressed if that makes it smaller; DefaultCompressAbove. Negative means
	// never.
	CompressAbove int
	// QueueBytes is how many bytes of events may wait for each peer before
	// broadcasts to it have to wait; DefaultQueueBytes. An event that is larger
	// goes when nothing waits. Answers are not counted. At most MaxQueueBytes.
	QueueBytes int
	// SlowPeer is what becomes of an event for which a peer's queue has no room, or
	// of which as much is under way to the peer as its subscriptions allow; Block.
	// What waits at the peer already cannot be dropped here: where only that is in
	// the way, DropOldest drops the event itself.
	SlowPeer SlowPolicy
	// SlowPeerOf, where it is set, says it for the peer of that name instead of SlowPeer.
	// It is asked once a connection, and must not wait. What it returns is to be one of the
	// policies; anything else is Block, and logged.
	SlowPeerOf func(peer string) SlowPolicy
	// BlockWait bounds, besides its context, how long a broadcast waits for room
	// (Block); DefaultBlockWait. Handlers that wait for each other's queues in a circle
	// end with it. Negative means no bound.
	BlockWait time.Duration
	// Linger bounds how long Close goes on writing what Broadcast and Respond accepted;
	// DefaultLinger. Peers that read take no longer than the writing does. What a peer
	// has not taken by then is discarded, logged and observed (EventDropped). Negative
	// means that Close discards everything at once. Shutdown is bounded by its context
	// instead.
	Linger time.Duration
	// ListenWait bounds the wait for a listener to appear, and again for its
	// successor when it closes; DefaultListenWait. A listener that is there and
	// has not answered yet does not use it up.
	ListenWait time.Duration
	// ReadyWait bounds the whole wait for a connection to become ready, from
	// when a listener is there first; DefaultReadyWait.
	ReadyWait time.Duration
	// Reconnect has the endpoint go back to each peer that ConnectToEndpoints
	// connected it to, whenever the connection ends and until the endpoint does,
	// with these pauses. They begin anew after a connection that lasted longer than
	// Most. The default is nil, which means that a connection that ended stays so.
	//
	// A peer is listed again, and those who wait for it are told, when each side
	// knows what the other subscribes to, as at the first time. What was under way
	// is not sent again: requests fail with ErrRemoteDisconnected, and events that
	// were not written are observed as dropped.
	//
	// A connection that the peer makes meanwhile will do; the endpoint dials again
	// when that ends. A refusal, by who is there or for want of a permission, is
	// logged once and tried again after Most; ErrInvalid, or an address that turns
	// out to be the endpoint's own, ends the attempts, logged and observed.
	Reconnect *Backoff
	// HandshakeTimeout bounds how long an incoming connection may take to
	// become ready; DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration
	// MaxPeers is the most incoming connections that are accepted; 0 means no
	// limit.
	MaxPeers int
	// MaxMemory bounds how many bytes all connections together make the endpoint hold
	// beside what their windows and queues do: events of which not all has arrived,
	// answers that subscriptions have not taken, and answers to syncs and pings of a peer
	// that does not read them; DefaultMaxMemory. When it is exceeded, the connection
	// that holds the most is ended, which is logged, observed and counted
	// (Totals.OverMemory). It should be several times MaxPayload, and is 1 MiB at least.
	// Negative means no bound.
	MaxMemory int
	// MaxStrangers is the most incoming connections whose other side has not said
	// hello; DefaultMaxStrangers. When one more comes, the one is ended that has been
	// silent for longest.
	MaxStrangers int
	// NoTap refuses those who want to look on (`lahja tap`). Otherwise whoever may
	// connect may: as it could subscribe to every type, this is no more trust but in
	// two things. A tap also sees what does not go to all, filtered and internal events
	// and answers, and it is not listed among the peers, only in Inspect.
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

func (o *Options) logger() *slog.Logger {
	if l := o.get().Logger; l != nil {
		return l
	}
	return slog.Default()
}

func (o *Options) maxPayload() int           { return orDefault(o.get().MaxPayload, DefaultMaxPayload) }
func (o *Options) compressAbove() int        { return orDefault(o.get().CompressAbove, DefaultCompressAbove) }
func (o *Options) queueBytes() int           { return orDefault(o.get().QueueBytes, DefaultQueueBytes) }
func (o *Options) listenWait() time.Duration { return orDefault(o.get().ListenWait, DefaultListenWait) }
func (o *Options) maxMemory() int            { return orDefault(o.get().MaxMemory, DefaultMaxMemory) }
func (o *Options) maxStrangers() int         { return orDefault(o.get().MaxStrangers, DefaultMaxStrangers) }
func (o *Options) linger() time.Duration     { return orDefault(o.get().Linger, DefaultLinger) }
func (o *Options) readyWait() time.Duration  { return orDefault(o.get().ReadyWait, DefaultReadyWait) }
func (o *Options) handshakeWait() time.Duration {
	return orDefault(o.get().HandshakeTimeout, DefaultHandshakeTimeout)
}

func orDefault[T int | time.Duration | float64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
