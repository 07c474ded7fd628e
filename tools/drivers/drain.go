package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Drain takes all events that have arrived in the stream in the slot, none included. It waits
// for none: when their sender has synchronised (Sync) before, these are all that it sent, and
// what is there twice or should not be there shows.
func Drain[T any](stream *Slot[*lahja.Stream[T]]) *Many[T] {
	return newMany(generic[T]("Drain"), []any{stream}, func(ctx context.Context, s *Scope, check func([]lahja.Event[T]) error) error {
		from, err := stream.Load(s)
		if err != nil {
			return err
		}
		var events []lahja.Event[T]
		for {
			e, ok := from.TryNext()
			if !ok {
				sawFrom(ctx, s, from, events...)
				sawEmpty(ctx, s, from)
				return check(events)
			}
			events = append(events, e)
		}
	})
}
