package natsbus

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// Limits that hold where Options does not say otherwise.
const (
	// DefaultBus is the first token of every subject.
	DefaultBus = "lahja"
	// DefaultHeartbeat is how often an endpoint says that it lives: often enough
	// that Liveness spans ten of them.
	DefaultHeartbeat = time.Second
	// DefaultLiveness is how long a peer may be silent: above the pauses of a
	// loaded machine, below what people wait for.
	DefaultLiveness = 10 * time.Second
	// DefaultPending is how many messages may wait to be taken apart: what
	// nats.go itself allows a subscription.
	DefaultPending = 64 << 10
	// probeTimeout bounds how long a peer may take to prove that it lives, when
	// another endpoint comes under its name.
	probeTimeout = 2 * time.Second
	// closeWait bounds how long Close waits for the server to take the goodbye.
	closeWait = time.Second
)

// Options changes how an endpoint works. Nil and the zero value work; a field
// that is zero has the default that is named with it. New refuses negative sizes and times
// (ErrInvalid), except where a field says what they mean.
type Options struct {
	// URL is the NATS server's, or several with commas between them: nats://,
	// tls://, with credentials where it needs some. The default is
	// nats.DefaultURL.
	URL string
	// NATS adds options of the client: credentials, TLS, a dialler. Those that
	// the endpoint sets itself (handlers, reconnecting, echo) are set after them.
	NATS []nats.Option
	// Bus keeps endpoints apart that share a server: it is the first part of
	// every subject, one or more tokens with dots between them, MaxBus bytes of printable
	// ASCII in all, without spaces and wildcards and not beginning with $. The default is
	// DefaultBus.
	Bus string
	// Logger gets what goes wrong without anybody to return it to. Lines that repeat
	// are limited as lahja.Options.Logger says. The default is slog.Default.
	Logger *slog.Logger
	// Observer sees what happens; the default is nobody. A gap is an
	// EventDropped whose Err is a *Gap.
	Observer lahja.Observer
	// OnGap is told of every gap, on the goroutine that reads. It must be quick.
	OnGap func(Gap)
	// OnHandlerError is lahja.Options.OnHandlerError.
	OnHandlerError func(lahja.HandlerError)
	// MaxPayload is lahja.Options.MaxPayload. The server has a limit of its own
	// (max_payload, 1 MiB unless it is configured), which holds besides, for the
	// event as it is sent.
	MaxPayload int
	// MaxDecoded is lahja.Options.MaxDecoded.
	MaxDecoded int
	// CompressAbove is lahja.Options.CompressAbove.
	CompressAbove int
	// QueueBytes is how many bytes of events may wait to be sent before
	// broadcasts have to wait; lahja.DefaultQueueBytes. There is one queue, as
	// there is one connection: a peer that reads slowly does not fill it.
	QueueBytes int
	// BlockWait bounds, besides its context, how long a broadcast waits for room in
	// that queue, as while there is no server, and for subscriptions of the endpoint's
	// own; lahja.DefaultBlockWait. Then it fails with ErrQueueFull. Negative means no
	// bound.
	BlockWait time.Duration
	// Linger is lahja.Options.Linger: how long Close goes on sending what was accepted,
	// all of which goes to the server.
	Linger time.Duration
	// Pending is how many messages may wait to be taken apart; DefaultPending.
	// What comes above that is lost and reported as a gap. At most MaxPending.
	Pending int
	// ListenWait, ReadyWait and HandshakeTimeout are lahja.Options'.
	ListenWait, ReadyWait, HandshakeTimeout time.Duration
	// Reconnect is lahja.Options.Reconnect, for peers: the connection to the server
	// is restored in any case. While that is down no attempts are made.
	Reconnect *lahja.Backoff
	// Heartbeat is how often the endpoint says that it lives; DefaultHeartbeat. It is a
	// millisecond or more.
	Heartbeat time.Duration
	// Liveness is the bound within which a peer that is silent is noticed;
	// DefaultLiveness. One whose connection to the server has ended is noticed
	// within three heartbeats. It is three times Heartbeat or more.
	Liveness time.Duration
}

func (o *Options) get() Options {
	var own Options
	if o != nil {
		own = *o
	}
	own.URL = orDefault(own.URL, nats.DefaultURL)
	own.Bus = orDefault(own.Bus, DefaultBus)
	own.MaxPayload = orDefault(own.MaxPayload, lahja.DefaultMaxPayload)
	own.CompressAbove = orDefault(own.CompressAbove, lahja.DefaultCompressAbove)
	own.QueueBytes = orDefault(own.QueueBytes, lahja.DefaultQueueBytes)
	own.Linger = orDefault(own.Linger, lahja.DefaultLinger)
	own.Pending = orDefault(own.Pending, DefaultPending)
	own.ListenWait = orDefault(own.ListenWait, lahja.DefaultListenWait)
	own.ReadyWait = orDefault(own.ReadyWait, lahja.DefaultReadyWait)
	own.HandshakeTimeout = orDefault(own.HandshakeTimeout, lahja.DefaultHandshakeTimeout)
	own.Heartbeat = orDefault(own.Heartbeat, DefaultHeartbeat)
	own.Liveness = orDefault(own.Liveness, DefaultLiveness)
	return own
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
