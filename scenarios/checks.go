package scenarios

import (
	"context"
	"fmt"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// equals expects an event with this data.
func equals[T any](want T) drivers.On[lahja.Event[T]] {
	return drivers.Data[T](gomega.Equal(want))
}

// from expects an event from this endpoint.
func from[T any](origin string) drivers.On[lahja.Event[T]] {
	return func(_ context.Context, s *drivers.Scope, e lahja.Event[T]) error {
		s.Expect(e.Origin()).To(gomega.Equal(origin))
		return nil
	}
}

// exactly expects events with these data in this order, and no others.
func exactly[T any](want ...T) drivers.On[[]lahja.Event[T]] {
	return func(_ context.Context, s *drivers.Scope, events []lahja.Event[T]) error {
		s.Expect(dataOf(events)).To(gomega.Equal(append([]T{}, want...)))
		return nil
	}
}

func dataOf[T any](events []lahja.Event[T]) []T {
	data := make([]T, len(events))
	for i, e := range events {
		data[i] = e.Data
	}
	return data
}

// sequence expects event(0) to event(n-1), each once and in order.
func sequence[T comparable](n int, event func(i int) T) drivers.On[[]lahja.Event[T]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[T]) error {
		return inSequence(events, n, event)
	}
}

// sequenceFrom is sequence for one sender's events among those of others.
func sequenceFrom[T comparable](origin string, n int, event func(i int) T) drivers.On[[]lahja.Event[T]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[T]) error {
		var own []lahja.Event[T]
		for _, e := range events {
			if e.Origin() == origin {
				own = append(own, e)
			}
		}
		return inSequence(own, n, event)
	}
}

func inSequence[T comparable](events []lahja.Event[T], n int, event func(i int) T) error {
	for i, e := range events {
		if i >= n || e.Data != event(i) {
			return fmt.Errorf("event %d of %d is %v; want %d in order, each once", i, len(events), e, n)
		}
	}
	if len(events) != n {
		return fmt.Errorf("%d events came, want %d", len(events), n)
	}
	return nil
}

// respond answers a request.
func respond[Req any](answer any) drivers.On[lahja.Event[Req]] {
	return func(ctx context.Context, _ *drivers.Scope, request lahja.Event[Req]) error {
		return request.Respond(ctx, answer)
	}
}

// each makes n actions.
func each(n int, action func(i int) drivers.Action) []drivers.Action {
	all := make([]drivers.Action, n)
	for i := range all {
		all[i] = action(i)
	}
	return all
}

// closedBefore waits until done is closed, and fails if ctx ends first.
func closedBefore(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// servesPings answers each Ping with the Pong of its number.
func servesPings() drivers.Action {
	return drivers.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N} })
}
