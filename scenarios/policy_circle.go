package scenarios

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// circle returns a handler of ticks. Once both sides are in their handlers, each broadcasts more ticks
// to the other than there is room for, while nobody takes any. The slot gets 1 if a broadcast failed
// for that reason, otherwise 0.
func circle(own, other string, into *drivers.Slot[[]int]) []drivers.Action {
	sub := lahja.SubscribeConfig{QueueBytes: narrowQueue}
	return []drivers.Action{
		drivers.SubscribeWith(sub, func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
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
			return drivers.Append(into)(ctx, s, full)
		}),
		drivers.WaitUntilEndpointSubscribedTo[Tick](other),
		drivers.Broadcast(tick(0), lahja.BroadcastConfig{FilterEndpoints: []string{other}}),
		drivers.WaitUntilEndpointSubscribedTo[Release](own),
		drivers.Checkpoint("both stand in their handlers"),
		drivers.Broadcast(Release{}, lahja.BroadcastConfig{Internal: true}),
		drivers.Sync(own),
		drivers.Checkpoint("both are done"),
	}
}

// flood broadcasts ticks to one endpoint until one fails for lack of room.
func flood(ctx context.Context, ep lahja.EndpointAPI, to string) (full int, err error) {
	for i := range manyTicks {
		err := lahja.Broadcast(ctx, ep, tick(1+i), lahja.BroadcastConfig{FilterEndpoints: []string{to}})
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
