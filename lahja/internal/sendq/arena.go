package sendq

import (
	"sync"
	"sync/atomic"
)

const (
	// arenaSize is the size of an arena in bytes.
	arenaSize = 64 << 10
	// MaxInArena is the largest event that goes into an arena, in bytes. A larger one gains
	// nothing from it, and would leave much of an arena empty.
	MaxInArena = arenaSize / 4
)

// Arena is memory that holds the frames of successive events next to each other. A queue
// keeps only the bounds of a span of them, and the writer writes the span at once without
// copying it. Bytes in use never change; only the goroutine that took the arena appends to
// it.
type Arena struct {
	used    []byte
	holders atomic.Int32 // spans in it, and one until the arena is full
}

// arenas are those that are not full. The process shares them, so that an idle endpoint
// holds none.
var arenas = sync.Pool{New: func() any { return newArena() }}

func newArena() *Arena {
	a := &Arena{used: make([]byte, 0, arenaSize)}
	a.holders.Store(1)
	return a
}

// TakeArena returns an arena that has room for about size bytes. The caller gives it back.
func TakeArena(size int) *Arena {
	for {
		a := arenas.Get().(*Arena)
		if cap(a.used)-len(a.used) >= size {
			return a
		}
		a.release() // it is full
	}
}

// GiveBack lets others append to the arena.
func (a *Arena) GiveBack() {
	if a != nil {
		arenas.Put(a)
	}
}

// hold counts a new span. Only the goroutine that took the arena calls it.
func (a *Arena) hold() { a.holders.Add(1) }

// release ends a hold. The last one lets the memory be used again. An arena that is never
// released is garbage in the end.
func (a *Arena) release() {
	if a.holders.Add(-1) == 0 {
		a.used = a.used[:0]
		a.holders.Store(1)
		arenas.Put(a)
	}
}

// Free returns an empty slice to append a frame to: memory of its own if there is no arena.
func (a *Arena) Free(size int) []byte {
	if a == nil {
		return make([]byte, 0, size)
	}
	return a.used[len(a.used):]
}

// Keep keeps what was appended to Free, and returns where it begins. It reports false for
// bytes that did not fit and so lie elsewhere.
func (a *Arena) Keep(appended []byte) (at int, ok bool) {
	if a == nil {
		return 0, false
	}
	at = len(a.used)
	if len(appended) > cap(a.used)-at || &appended[0] != &a.used[:at+1][at] {
		return 0, false
	}
	a.used = a.used[:at+len(appended)]
	return at, true
}
