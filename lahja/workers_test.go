package lahja

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

func TestWorkersWaitForMoreAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w workers
		var all sync.WaitGroup
		hold := make(chan struct{})
		for range 3 * mostIdle {
			all.Add(1)
			w.run(func() { defer all.Done(); <-hold })
		}
		close(hold)
		all.Wait()
		synctest.Wait()
		if len(w.idle) != mostIdle {
			t.Errorf("%d wait for more, want %d", len(w.idle), mostIdle)
		}
		again := make(chan struct{})
		w.run(func() { close(again) })
		<-again
		synctest.Wait()
		if len(w.idle) != mostIdle {
			t.Errorf("%d wait for more after another function, want %d", len(w.idle), mostIdle)
		}
		w.close() // The bubble ends only when all of them have ended.
		w.run(func() {})
	})
}

func TestWorkerThatIsLostIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w workers
		w.run(runtime.Goexit)
		synctest.Wait()
		done := make(chan struct{})
		w.run(func() { close(done) })
		<-done
		synctest.Wait()
		w.close()
	})
}
