package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// NextFrom waits for the next event of the stream in the slot and hands it to
// each of on.
func NextFrom[T any](stream *Slot[*lahja.Stream[T]], on ...On[lahja.Event[T]]) Action {
	a := newAction(generic[T]("NextFrom"), append([]any{stream}, handlerArgs(on)...), func(ctx context.Context, s *Scope) error {
		from, err := stream.Load(s)
		if err != nil {
			return err
		}
		e, err := from.Next(ctx)
		if err != nil {
			return err
		}
		sawFrom(ctx, s, from, e)
		return callAll(ctx, s, e, on)
	}).waits("an event of type %s", nameOf[T]())
	return callingAll(a, on).pulling(eventType[T]())
}
