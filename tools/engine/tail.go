package engine

import (
	"strings"
	"sync"
)

// tailSize is how much of a child's output is kept for the report: enough for a
// panic with its stacks.
const tailSize = 16 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu      sync.Mutex
	kept    []byte
	dropped bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailSize; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
		t.dropped = true
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.TrimSpace(string(t.kept))
	if t.dropped {
		s = "[…]" + s
	}
	return s
}
