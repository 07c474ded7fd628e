package virtual

import (
	"sync"
	"time"
)

// count is a number of things that also knows what it was before the present instant of its bubble.
// Any number of goroutines may use it.
type count struct {
	mu           sync.Mutex
	now, earlier int
	changed      time.Time // when now was last changed; earlier is from before that
}

func (c *count) add(n int) {
	instant := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !instant.Equal(c.changed) {
		c.earlier, c.changed = c.now, instant
	}
	c.now += n
}

func (c *count) load() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// before is the count as it was before the present instant.
func (c *count) before() int {
	instant := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if instant.Equal(c.changed) {
		return c.earlier
	}
	return c.now
}
