package lahja

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// Subscription is one registration for the events of one type. It has a queue
// of its own, whose bound SubscribeConfig says.
//
// All methods are safe for concurrent use.
type Subscription struct{ held subscribed }

// subscribed is a subscription as an implementation of EndpointAPI holds it. Its methods
// are those of Subscription. It prints as "TYPE at ENDPOINT", with " (closed)" behind it.
type subscribed interface {
	fmt.Stringer
	Type() EventType
	Config() SubscribeConfig
	Stats() SubscriptionStats
	Next(ctx context.Context) (Received, error)
	TryNext() (Received, bool)
	Close()
}

// Type is the type of the events.
func (s *Subscription) Type() EventType { return s.held.Type() }

// Config is how the subscription takes events, with its defaults.
func (s *Subscription) Config() SubscribeConfig { return s.held.Config() }

// SubscriptionStats counts what became of a subscription's events.
type SubscriptionStats struct {
	// Queued events wait, of QueuedBytes (as SubscribeConfig.QueueBytes counts). A
	// handler's goroutine may have up to 64 more at hand.
	Queued, QueuedBytes int
	// Taken events went to the handler or to who called Next.
	Taken uint64
	// Dropped events found no room (SubscribeConfig.WhenFull).
	Dropped uint64
}

// Stats counts from the subscription's beginning until now.
func (s *Subscription) Stats() SubscriptionStats { return s.held.Stats() }

// Next waits for the next event. When the endpoint closes, the events that
// have arrived are still returned, and then ErrLifecycle; when the subscription
// itself is closed, ErrLifecycle at once. A subscription with a handler has no
// Next, nor has the zero value: it is ErrInvalid.
func (s *Subscription) Next(ctx context.Context) (Received, error) {
	if s.isZero() {
		return Received{}, &Error{Op: "next", Kind: ErrInvalid, Detail: "the subscription is the zero value; get one from Subscribe or NewStream"}
	}
	return s.held.Next(ctx)
}

// TryNext returns the next event if it is there already.
func (s *Subscription) TryNext() (Received, bool) {
	if s.isZero() {
		return Received{}, false
	}
	return s.held.TryNext()
}

// Close unsubscribes: nothing more is delivered, what is queued is discarded,
// and the handler's context is cancelled. It waits for a handler that runs,
// unless it is called from within a handler (of any subscription), since two of
// them could wait for each other. It is idempotent, and safe on nil and on the
// zero value.
func (s *Subscription) Close() {
	if !s.isZero() {
		s.held.Close()
	}
}

func (s *Subscription) isZero() bool { return s == nil || s.held == nil }

// String is "subscription to TYPE at ENDPOINT", and whether it is closed.
func (s *Subscription) String() string { return s.text("subscription to ") }

func (s *Subscription) text(what string) string {
	switch {
	case s == nil:
		return "<nil>"
	case s.held == nil:
		return what + "nothing"
	}
	return what + s.held.String()
}

// Format implements fmt.Formatter.
func (s *Subscription) Format(f fmt.State, verb rune) { show.Format(f, verb, s, s.String()) }

// MarshalText implements encoding.TextMarshaler. It is String.
func (s *Subscription) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// GomegaString is what a failed Gomega assertion shows.
func (s *Subscription) GomegaString() string { return s.String() }
