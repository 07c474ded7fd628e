package drivers

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

// BroadcastEach broadcasts event(0) to event(n-1), one after the other. Zero is none;
// a negative n fails the vet. At most one config may be given. The timeout is that of
// one action.
func BroadcastEach[T any](n int, event func(i int) T, config ...lahja.BroadcastConfig) Action {
	a := broadcastEach(n, event, config)
	if n > 0 {
		a.sending(eventType[T](), config...)
	}
	return a.usesEndpoint()
}

func broadcastEach[T any](n int, event func(i int) T, config []lahja.BroadcastConfig) *action {
	args := append([]any{n, rawText("func")}, eventArgs(nil, config)[1:]...)
	return newAction(generic[T]("BroadcastEach"), args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		for i := range n {
			if err := lahja.Broadcast(ctx, ep, event(i), config...); err != nil {
				return fmt.Errorf("event %d of %d: %w", i+1, n, err)
			}
		}
		return nil
	}).counts(n).given(event, computes)
}
