package natsbus

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// Defaults and fixed limits.
const (
	// DefaultBus is the first token of every subject.
	DefaultBus = "lahja"
	// DefaultHeartbeat is 1 s, a tenth of DefaultLiveness.
	DefaultHeartbeat = time.Second
	// DefaultLiveness is 10 s: longer than the pauses of a loaded machine, shorter than
	// people wait.
	DefaultLiveness = 10 * time.Second
	// DefaultPending is 65,536 messages, what nats.go itself allows a subscription.
	DefaultPending = 64 << 10
	// probeTimeout bounds how long a peer may take to prove that it lives when another
	// endpoint arrives under its name.
	probeTimeout = 2 * time.Second
	// closeWait bounds how long Close waits for the server to accept the goodbye.
	closeWait = time.Second
)

// Options configures an endpoint. Nil and the zero value work: a field that is zero has the
// default that its comment names. Unless a field gives them a meaning, New refuses negative
// sizes and times with lahja.ErrInvalid.
type Options struct {
	// URL is the address of the NATS server, or several separated by commas: nats:// or
	// tls://, with credentials if the server needs them. The default is nats.DefaultURL.
	URL string
	// NATS adds options of the client: credentials, TLS, a dialler. The endpoint's own
	// settings (handlers, reconnecting, echo) override them.
	NATS []nats.Option
	// Bus separates endpoints that share a server. It begins every subject. It is one or
	// more tokens separated by dots, at most MaxBus bytes of printable ASCII without spaces
	// and wildcards, and does not begin with $. The default is DefaultBus.
	Bus string
	// Logger receives problems that no call can return. Repeated lines are limited as for
	// p2p.Options.Logger. The default is slog.Default.
	Logger *slog.Logger
	// Observer is called for everything that happens. The default is none. A gap is an
	// EventDropped whose Err is a *lahja.Gap.
	Observer lahja.Observer
	// OnGap is called for every gap, on the goroutine that reads. It must be fast.
	OnGap func(lahja.Gap)
	// OnHandlerError is like p2p.Options.OnHandlerError.
	OnHandlerError func(lahja.HandlerError)
	// MaxPayload is like p2p.Options.MaxPayload. The server has its own limit for an
	// event as it is sent (max_payload, 1 MiB by default), which applies too.
	MaxPayload int
	// MaxDecoded is like p2p.Options.MaxDecoded.
	MaxDecoded int
	// CompressAbove is like p2p.Options.CompressAbove.
	CompressAbove int
	// QueueBytes is how many bytes of events may wait to be sent before broadcasts must
	// wait. The default is lahja.DefaultQueueBytes. There is one queue, for the one
	// connection to the server, so a peer that reads slowly does not fill it.
	QueueBytes int
	// BlockWait bounds, in addition to its context, how long a broadcast waits: for room in
	// that queue, for example while the server is away, and for the endpoint's own
	// subscriptions. Then it fails with lahja.ErrQueueFull. The default is
	// lahja.DefaultBlockWait. Negative means no bound.
	BlockWait time.Duration
	// Linger is like p2p.Options.Linger: it bounds how long Close sends what was
	// accepted, all of it to the server.
	Linger time.Duration
	// Pending is how many messages may wait to be decoded. Messages beyond that are lost,
	// and reported as a gap. The default is DefaultPending, the maximum MaxPending.
	Pending int
	// ListenWait, ReadyWait and HandshakeTimeout are like those of p2p.Options.
	ListenWait, ReadyWait, HandshakeTimeout time.Duration
	// Reconnect is like p2p.Options.Reconnect, for peers. The connection to the server is
	// always restored. No attempts are made while it is down.
	Reconnect *lahja.Backoff
	// Heartbeat is how often the endpoint announces that it lives, at least one
	// millisecond. The default is DefaultHeartbeat.
	Heartbeat time.Duration
	// Liveness is the time within which a silent peer is noticed, at least three times
	// Heartbeat. A peer whose connection to the server has ended is noticed within three
	// heartbeats. The default is DefaultLiveness.
	Liveness time.Duration
}

func (o *Options) get() Options {
	var own Options
	if o != nil {
		own = *o
	}
	own.URL = cmp.Or(own.URL, nats.DefaultURL)
	own.Bus = cmp.Or(own.Bus, DefaultBus)
	own.MaxPayload = cmp.Or(own.MaxPayload, lahja.DefaultMaxPayload)
	own.CompressAbove = cmp.Or(own.CompressAbove, lahja.DefaultCompressAbove)
	own.QueueBytes = cmp.Or(own.QueueBytes, lahja.DefaultQueueBytes)
	own.Linger = cmp.Or(own.Linger, lahja.DefaultLinger)
	own.Pending = cmp.Or(own.Pending, DefaultPending)
	own.ListenWait = cmp.Or(own.ListenWait, lahja.DefaultListenWait)
	own.ReadyWait = cmp.Or(own.ReadyWait, lahja.DefaultReadyWait)
	own.HandshakeTimeout = cmp.Or(own.HandshakeTimeout, lahja.DefaultHandshakeTimeout)
	own.Heartbeat = cmp.Or(own.Heartbeat, DefaultHeartbeat)
	own.Liveness = cmp.Or(own.Liveness, DefaultLiveness)
	return own
}
