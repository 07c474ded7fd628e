package p2p_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// A bubble fails when a goroutine is left, so this also shows that closing
// leaves none, and that nothing waits on the clock.
func TestWholeLifeInVirtualTimeTakesNone(t *testing.T) {
	ends := map[string]func(t *testing.T, ep *p2p.Endpoint){
		"close":    func(t *testing.T, ep *p2p.Endpoint) { check(t, ep.Close()) },
		"shutdown": func(t *testing.T, ep *p2p.Endpoint) { check(t, ep.Shutdown(t.Context())) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				started := time.Now()
				a, b, c := n.serve("a"), n.serve("b"), n.run("c")
				answer(t, a)
				ticks := stream[Tick](t, b)
				n.connect(b, "a")
				n.connect(c, "a", "b")
				if _, err := lahja.Request(t.Context(), c, Ping{N: 1}); err != nil {
					t.Error(err)
				}
				check(t, lahja.Broadcast(t.Context(), a, Tick{}))
				next(t, ticks)
				var all sync.WaitGroup
				for _, ep := range []*p2p.Endpoint{a, b, c} {
					all.Go(func() { end(t, ep) })
				}
				all.Wait()
				if took := time.Since(started); took != 0 {
					t.Errorf("it took %v of virtual time", took)
				}
			})
		})
	}
}
