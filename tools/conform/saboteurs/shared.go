package saboteurs

import "sync"

// shared is a value that the two directions of a connection share.
type shared[T any] struct {
	mu    sync.Mutex
	value T
}

func newShared[T any](value T) *shared[T] { return &shared[T]{value: value} }

func (s *shared[T]) get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}

func (s *shared[T]) set(value T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = value
}

// change replaces the value. A value that get returned before stays as it is if change returns
// a new one.
func (s *shared[T]) change(change func(T) T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = change(s.value)
}
