package lahja

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/internal/show"
)

// Subscription is one registration for the events of one type. It has its own queue,
// bounded by its SubscribeConfig.
//
// All methods are safe for concurrent use.
type Subscription struct{ held Subscribed }

// NewSubscription is for implementations of EndpointAPI. It returns what subscribed does as a
// Subscription.
func NewSubscription(subscribed Subscribed) *Subscription { return &Subscription{held: subscribed} }

// Subscribed is a subscription as an implementation of EndpointAPI provides it. Its methods
// are those of Subscription. It prints as "TYPE at ENDPOINT", with " (closed)" appended if
// it is closed.
type Subscribed interface {
	fmt.Stringer
	Type() EventType
	Config() SubscribeConfig
	Stats() SubscriptionStats
	Next(ctx context.Context) (Received, error)
	TryNext() (Received, bool)
	Close()
}

// Type returns the type of the events.
func (s *Subscription) Type() EventType { return s.held.Type() }

// Config returns the subscription's config with defaults filled in.
func (s *Subscription) Config() SubscribeConfig { return s.held.Config() }

// SubscriptionStats counts a subscription's events.
type SubscriptionStats struct {
	// Queued is how many events wait. QueuedBytes is their size, counted as for
	// SubscribeConfig.QueueBytes. A handler's goroutine may hold up to 64 more.
	Queued, QueuedBytes int
	// Taken is how many events the handler received or Next returned.
	Taken uint64
	// Dropped is how many events were dropped for lack of room (SubscribeConfig.WhenFull).
	Dropped uint64
}

// Stats returns the counts since the subscription began.
func (s *Subscription) Stats() SubscriptionStats { return s.held.Stats() }

// Next waits for the next event. After the endpoint closes, Next still returns the events
// that have arrived, and then ErrLifecycle. After the subscription closes, it returns
// ErrLifecycle at once. On a subscription with a handler, and on the zero value, it returns
// ErrInvalid.
func (s *Subscription) Next(ctx context.Context) (Received, error) {
	if s.isZero() {
		return Received{}, &Error{Op: "next", Kind: ErrInvalid, Detail: "the subscription is the zero value; get one from Subscribe or NewStream"}
	}
	return s.held.Next(ctx)
}

// TryNext returns the next event if one is queued.
func (s *Subscription) TryNext() (Received, bool) {
	if s.isZero() {
		return Received{}, false
	}
	return s.held.TryNext()
}

// Close unsubscribes. No more events are delivered, queued events are discarded, and the
// handler's context is cancelled. Close waits for a running handler to return, unless it is
// called from a handler (of any subscription), because two handlers could wait for each
// other. Closing again is safe, and so is closing nil or the zero value.
func (s *Subscription) Close() {
	if !s.isZero() {
		s.held.Close()
	}
}

func (s *Subscription) isZero() bool { return s == nil || s.held == nil }

// String returns "subscription to TYPE at ENDPOINT", and says if it is closed.
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

// MarshalText implements encoding.TextMarshaler. It returns String.
func (s *Subscription) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// GomegaString is what a failed Gomega assertion prints.
func (s *Subscription) GomegaString() string { return s.String() }
