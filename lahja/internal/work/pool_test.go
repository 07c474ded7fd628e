package work

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

func TestWorkersWaitForMoreAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w Pool
		var all sync.WaitGroup
		hold := make(chan struct{})
		for range 3 * mostIdle {
			all.Add(1)
			w.Run(func() { defer all.Done(); <-hold })
		}
		close(hold)
		all.Wait()
		synctest.Wait()
		if len(w.idle) != mostIdle {
			t.Errorf("%d wait for more, want %d", len(w.idle), mostIdle)
		}
		again := make(chan struct{})
		w.Run(func() { close(again) })
		<-again
		synctest.Wait()
		if len(w.idle) != mostIdle {
			t.Errorf("%d wait for more after another function, want %d", len(w.idle), mostIdle)
		}
		w.Close() // The bubble ends only when all of them have ended.
		w.Run(func() {})
	})
}

func TestWorkerThatIsLostIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w Pool
		w.Run(runtime.Goexit)
		synctest.Wait()
		done := make(chan struct{})
		w.Run(func() { close(done) })
		<-done
		synctest.Wait()
		w.Close()
	})
}
