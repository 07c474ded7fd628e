package explore

import (
	"context"
	"sync"

	d "github.com/lahja/go-lahja/tools/drivers"
)

// shared is what the handlers of a driver share.
type shared[T any] struct{ slot *d.Slot[*guarded[T]] }

type guarded[T any] struct {
	mu    sync.Mutex
	value T
}

func newShared[T any](name string) shared[T] {
	return shared[T]{d.NewSlot[*guarded[T]](name)}
}

// begin is the action that makes the value.
func (v shared[T]) begin(value func() T) d.Action {
	return d.Do("begin", func(ctx context.Context, s *d.Scope) error {
		return v.slot.Save(ctx, s, &guarded[T]{value: value()})
	})
}

// use calls fn while no other handler uses the value.
func (v shared[T]) use(s *d.Scope, fn func(value *T)) {
	g := v.slot.Get(s)
	g.mu.Lock()
	defer g.mu.Unlock()
	fn(&g.value)
}

// get returns a copy of the value.
func (v shared[T]) get(s *d.Scope) (now T) {
	v.use(s, func(value *T) { now = *value })
	return now
}

func zero[T any]() T { return *new(T) }
