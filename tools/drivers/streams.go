package drivers

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

// Stream opens a stream of events of type T and saves it to the slot. Events are
// kept for it from now on.
func Stream[T any](into *Slot[*lahja.Stream[T]]) Action {
	return newAction(generic[T]("Stream"), []any{into}, func(ctx context.Context, s *Scope) error {
		return open(ctx, s, into, lahja.SubscribeConfig{})
	}).subscribing(eventType[T]())
}

// StreamWith is Stream with a config: a queue group, a bound of the queue, and what
// becomes of events for which there is no room.
func StreamWith[T any](config lahja.SubscribeConfig, into *Slot[*lahja.Stream[T]]) Action {
	return newAction(generic[T]("StreamWith"), []any{config, into}, func(ctx context.Context, s *Scope) error {
		return open(ctx, s, into, config)
	}).subscribing(eventType[T]())
}

func open[T any](ctx context.Context, s *Scope, into *Slot[*lahja.Stream[T]], config lahja.SubscribeConfig) error {
	ep, err := s.needEndpoint()
	if err != nil {
		return err
	}
	stream, err := lahja.NewStream[T](ep, config)
	if err != nil {
		return err
	}
	opened(ctx, s, stream)
	return into.Save(ctx, s, stream)
}

// CollectFrom takes the next n events of the stream in the slot. Zero is none; a negative n
// fails the vet.
func CollectFrom[T any](stream *Slot[*lahja.Stream[T]], n int) *Many[T] {
	a := newMany(generic[T]("CollectFrom"), []any{stream, n}, func(ctx context.Context, s *Scope, check func([]lahja.Event[T]) error) error {
		from, err := stream.Load(s)
		if err != nil {
			return err
		}
		return collect(ctx, s, from, n, check)
	})
	a.waits("%d events of type %s", n, nameOf[T]()).counts(n)
	if n > 0 {
		a.pulling(eventType[T]())
	}
	return a
}

// Collect takes n events of type T, from now on. Zero is none; a negative n fails the vet.
func Collect[T any](n int) *Many[T] {
	a := newMany(generic[T]("Collect"), []any{n}, func(ctx context.Context, s *Scope, check func([]lahja.Event[T]) error) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		stream, err := lahja.NewStream[T](ep)
		if err != nil {
			return err
		}
		defer stream.Close()
		return collect(ctx, s, stream, n, check)
	})
	a.waits("%d events of type %s", n, nameOf[T]()).counts(n).usesEndpoint()
	if n > 0 {
		a.taking(eventType[T]())
	}
	return a
}

// CloseStream closes the stream in the slot.
func CloseStream[T any](stream *Slot[*lahja.Stream[T]]) Action {
	return newAction(generic[T]("CloseStream"), []any{stream}, func(_ context.Context, s *Scope) error {
		open, err := stream.Load(s)
		if err != nil {
			return err
		}
		open.Close()
		return nil
	})
}

func collect[T any](ctx context.Context, s *Scope, stream *lahja.Stream[T], n int, check func([]lahja.Event[T]) error) error {
	events := []lahja.Event[T]{}
	for len(events) < n {
		e, err := stream.Next(ctx)
		if err != nil {
			return fmt.Errorf("%d of %d events came: %w", len(events), n, err)
		}
		sawFrom(ctx, s, stream, e)
		events = append(events, e)
	}
	return check(events)
}
