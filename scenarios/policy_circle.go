package scenarios

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// circle returns a handler of ticks. Once both sides are in their handlers, each broadcasts more ticks
// to the other than there is room for, while nobody takes any. Floods gets 1 if a broadcast failed
// for that reason, otherwise 0.
func circle(own, other string) []d.Action {
	sub := lahja.SubscribeConfig{QueueBytes: narrowQueue}
	return []d.Action{
		d.SubscribeWith(sub, func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
			if e.Data.N != 0 {
				return nil
			}
			if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
				return err
			}
			full, err := flood(ctx, s.Endpoint(), other)
			if err != nil {
				return err
			}
			return d.Append(floods)(ctx, s, full)
		}),
		d.WaitUntilEndpointSubscribedTo[Tick](other),
		d.Broadcast(tick(0), only(other)),
		d.WaitUntilEndpointSubscribedTo[Release](own),
		d.Checkpoint("both stand in their handlers"),
		d.Broadcast(Release{}, internal),
		d.Sync(own),
		d.Checkpoint("both are done"),
	}
}

var floods = d.NewSlot[[]int]("floods")

// flood broadcasts ticks to one endpoint until one fails for lack of room.
func flood(ctx context.Context, ep lahja.EndpointAPI, to string) (full int, err error) {
	for i := range manyTicks {
		err := lahja.Broadcast(ctx, ep, tick(1+i), only(to))
		if errors.Is(err, lahja.ErrQueueFull) {
			return 1, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func fullOf(handlers []int) int {
	full := 0
	for _, n := range handlers {
		full += n
	}
	return full
}
