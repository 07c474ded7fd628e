// Package work counts and reuses an endpoint's goroutines. It knows nothing of what they do.
package work

import "github.com/lahja/go-lahja/lahja/internal/ordered"

// Group counts goroutines of one kind. Unlike a sync.WaitGroup it may grow from zero while
// somebody waits, and a wait can end early. Its zero value works, and its methods are safe
// for concurrent use.
type Group struct {
	mu   ordered.Mutex[ordered.Leaf]
	n    int
	none chan struct{} // closed when n becomes 0; nil when nobody waits
}

// Start counts a goroutine that starts.
func (g *Group) Start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
}

// End counts a goroutine that ends.
func (g *Group) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.none != nil {
		close(g.none)
		g.none = nil
	}
}

// Idle returns a channel that is closed when no goroutine is left, nil if none is now.
func (g *Group) Idle() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n > 0 && g.none == nil {
		g.none = make(chan struct{})
	}
	return g.none
}

// Wait waits until no goroutine is left.
func (g *Group) Wait() {
	if idle := g.Idle(); idle != nil {
		<-idle
	}
}
