//go:build lockorder

package ordered

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Mutex is a lock that panics when a goroutine takes it although it holds one of the same
// rank or a later one.
type Mutex[R Rank] struct{ mu sync.Mutex }

// Checked reports whether the order is checked.
const Checked = true

// Lock takes the lock.
func (m *Mutex[R]) Lock() {
	var r R
	me := goroutine()
	held.check(me, r)
	m.mu.Lock()
	taken := lock{mutex: m, rank: r}
	runtime.Callers(2, taken.callers[:])
	held.take(me, taken)
}

// Unlock releases the lock.
func (m *Mutex[R]) Unlock() {
	held.release(m)
	m.mu.Unlock()
}

// held is what each goroutine holds.
var held = locks{of: map[int][]lock{}}

type locks struct {
	mu sync.Mutex
	of map[int][]lock // by the number of the goroutine
}

type lock struct {
	mutex any
	rank  Rank

	callers [8]uintptr // of Lock
}

func (l lock) String() string {
	var text strings.Builder
	frames := runtime.CallersFrames(l.callers[:])
	for {
		f, more := frames.Next()
		if f.Function == "" {
			return text.String()
		}
		fmt.Fprintf(&text, "\t%s\n\t\t%s:%d\n", f.Function, f.File, f.Line)
		if !more {
			return text.String()
		}
	}
}

// check panics if the goroutine may not take a lock of that rank.
func (l *locks) check(me int, r Rank) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.of[me] {
		if other.rank.rank() >= r.rank() {
			panic(fmt.Sprintf("a lock of rank %T is taken while one of rank %T is held, which was taken at:\n%s", r, other.rank, other))
		}
	}
}

func (l *locks) take(me int, taken lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[me] = append(l.of[me], taken)
}

// release forgets the lock. Another goroutine than the one that took it may release it.
func (l *locks) release(mutex any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for me, all := range l.of {
		if i := slices.IndexFunc(all, func(other lock) bool { return other.mutex == mutex }); i >= 0 {
			if all = slices.Delete(all, i, i+1); len(all) == 0 {
				delete(l.of, me)
			} else {
				l.of[me] = all
			}
			return
		}
	}
}

// goroutine is the number of the calling goroutine, which its stack begins with.
func goroutine() int {
	var buffer [64]byte
	text := bytes.TrimPrefix(buffer[:runtime.Stack(buffer[:], false)], []byte("goroutine "))
	digits, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		panic(fmt.Sprintf("a stack begins with %q, which names no goroutine", buffer[:]))
	}
	return n
}
