package lahja

import (
	"context"
	"iter"
)

// Stream is every event of type T from its creation on, in order per sender. It
// may be closed unread.
type Stream[T any] struct{ sub *Subscription }

// NewStream registers a stream: events broadcast from now on are kept for it. At most
// one config is allowed.
func NewStream[T any](ep EndpointAPI, config ...SubscribeConfig) (*Stream[T], error) {
	t, err := receivable[T]("subscribe", ep)
	if err != nil {
		return nil, err
	}
	sub, err := ep.Subscribe(t, nil, one(config))
	if err != nil {
		return nil, err
	}
	return &Stream[T]{sub: sub}, nil
}

// Next waits for the next event. It fails with ErrLifecycle when the stream or
// its endpoint is closed.
func (s *Stream[T]) Next(ctx context.Context) (Event[T], error) {
	r, err := s.sub.Next(ctx)
	if err != nil {
		return Event[T]{}, err
	}
	return As[T](r)
}

// TryNext returns the next event if it is there already.
func (s *Stream[T]) TryNext() (Event[T], bool) {
	r, ok := s.sub.TryNext()
	if !ok {
		return Event[T]{}, false
	}
	e, err := As[T](r)
	return e, err == nil
}

// All yields events until the loop breaks, ctx ends, or the stream or its
// endpoint is closed; the last two yield the error once. It closes the stream
// when it ends.
func (s *Stream[T]) All(ctx context.Context) iter.Seq2[Event[T], error] { return s.Take(ctx, 0) }

// Take is All for at most n events; 0 means no limit.
func (s *Stream[T]) Take(ctx context.Context, n int) iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		defer s.Close()
		for i := 0; n == 0 || i < n; i++ {
			e, err := s.Next(ctx)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Close unsubscribes. It is idempotent, and safe on the zero value.
func (s *Stream[T]) Close() {
	if s != nil && s.sub != nil {
		s.sub.Close()
	}
}
