package childproc

import (
	"io"
	"sync"
)

// maxTail is how much of the end of a child's output is kept: a panic with its stack.
const maxTail = 8 << 10

// Tail hands on what a child prints, and keeps the last 8 KiB of it. It is safe for concurrent use.
type Tail struct {
	To io.Writer

	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if more := len(t.kept) - maxTail; more > 0 {
		t.kept = append(t.kept[:0], t.kept[more:]...)
	}
	return t.To.Write(p)
}

// String is what was kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}
