package payload

import (
	"reflect"
	"sync"
)

// memo keeps what was found out about types. The zero value is ready.
type memo[V any] struct{ known sync.Map }

// get returns find(t), which it calls only the first time. Goroutines may call it at once for
// one type, and then get the same value.
func (m *memo[V]) get(t reflect.Type, find func(reflect.Type) V) V {
	known, ok := m.known.Load(t)
	if !ok {
		known, _ = m.known.LoadOrStore(t, find(t))
	}
	v, _ := known.(V) // a nil interface is no V
	return v
}
