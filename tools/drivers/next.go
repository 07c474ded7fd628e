package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// NextFrom waits for the next event of the stream in the slot.
func NextFrom[T any](stream *Slot[*lahja.Stream[T]]) *One[T] {
	a := newOne(generic[T]("NextFrom"), []any{stream}, func(ctx context.Context, s *Scope) (e lahja.Event[T], err error) {
		from, err := stream.Load(s)
		if err != nil {
			return e, err
		}
		e, err = from.Next(ctx)
		if err == nil {
			sawFrom(ctx, s, from, e)
		}
		return e, err
	})
	a.waits("an event of type %s", nameOf[T]()).pulling(eventType[T]())
	return a
}
