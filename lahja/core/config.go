package core

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/internal/option"
	"github.com/lahja/go-lahja/lahja"
)

// Config configures a Core.
type Config struct {
	// Name is the endpoint's name.
	Name string
	// Instance is that of the run that the endpoint stands for, if it runs elsewhere. 0 means a
	// new one.
	Instance uint64
	// Endpoint sends the answers to received events (Received.Respond).
	Endpoint lahja.EndpointAPI
	// Logger receives failures of handlers. Nil means slog.Default.
	Logger *slog.Logger
	// Observer is called for everything but what an implementation does itself: it tells
	// what it sends (Outgoing.Sent, Core.SendFailed), refuses and drops. Nil means none.
	Observer lahja.Observer
	// OnHandlerError is called with failures of handlers. Nil means that they are only
	// logged.
	OnHandlerError func(lahja.HandlerError)
	// MaxPayload limits an encoded payload in bytes; 0 means
	// lahja.DefaultMaxPayload.
	MaxPayload int
	// MaxDecoded is like p2p.Options.MaxDecoded. 0 means its default.
	MaxDecoded int
	// BlockWait is like p2p.Options.BlockWait. 0 means lahja.DefaultBlockWait.
	BlockWait time.Duration
	// Random is like p2p.Options.Random. Nil means its default.
	Random rand.Source
	// Full reports whether an event of a type would have to wait for room at a peer, given
	// its Remote.Link, so that another member of a queue group receives it. size is the
	// encoded size in bytes of the last event of the type. Nil means that this is not known.
	// Full is called with a lock held. It must not wait, and must not call the core.
	Full func(link any, event string, size int) bool
	// Describe tells a peer, given its Remote.Link, this process's version of an event type,
	// before anything that is queued for the peer later. Nil means that peers are not told,
	// so that only equal versions of a type fit. Describe is called with a lock held. It
	// must not wait, and must not call the core.
	Describe func(link any, d Description)
	// OwnChanged is called after the endpoint's own set of subscriptions changed (see Own).
	// Nil means none.
	OwnChanged func()
}

// rules say which values each field of Config may have.
var rules = []option.Rule{
	{Field: "Name", Any: "ValidateName checks it"},
	{Field: "Instance", Any: "0 is the default, and any other number will do"},
	{Field: "Endpoint", Any: "check wants one"},
	{Field: "Logger", Any: "nil is the default, and any other logger will do"},
	{Field: "Observer", Any: "it is a function"},
	{Field: "OnHandlerError", Any: "it is a function"},
	{Field: "MaxPayload", Least: 1, Most: lahja.MaxMaxPayload},
	{Field: "MaxDecoded", Least: 1, Most: lahja.MaxMaxDecoded},
	{Field: "BlockWait", Least: 1, Negative: "no bound"},
	{Field: "Random", Any: "nil is the default, and any other source will do"},
	{Field: "Full", Any: "it is a function"},
	{Field: "Describe", Any: "it is a function"},
	{Field: "OwnChanged", Any: "it is a function"},
}

func (c *Config) check() error {
	if err := lahja.ValidateName(c.Name); err != nil {
		return err
	}
	if c.Endpoint == nil {
		return InvalidOption(c.Name, "Config.Endpoint is nil; want the endpoint that the core works for")
	}
	return InvalidOption(c.Name, option.Check("Config", c, rules))
}

// InvalidOption returns ErrInvalid for a problem with an option, nil for none.
func InvalidOption(name, problem string) error {
	if problem == "" {
		return nil
	}
	return &lahja.Error{Op: "new", Endpoint: name, Kind: lahja.ErrInvalid, Detail: problem}
}
