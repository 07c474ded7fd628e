package lease

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja/internal/beat"
)

// started is a lease whose next reader starts when a token is taken from starts.
type started struct {
	Lease
	starts chan struct{}
}

// standBy leaves the lease to requests, and returns when a reader starts.
func (l *started) standBy() {
	l.Lend()
	<-l.starts
	l.Begin()
}

// leased is a lease whose reader has seen enough quick answers to leave it to requests.
func leased(t *testing.T) *started {
	t.Helper()
	l := &started{starts: make(chan struct{}, 1)}
	l.Init(new(atomic.Bool), beat.GoTimer, func() { l.starts <- struct{}{} })
	for i := 1; !answers(l, Quick); i++ {
		if i > streakOf+1 {
			t.Fatalf("after %d quick answers the reader does not leave the lease", i)
		}
	}
	return l
}

// answers has a request wait and its answer be read after d, and returns MayLend.
func answers(l *started, d time.Duration) bool {
	l.Enter()
	time.Sleep(d)
	l.HasRead()
	may := l.MayLend()
	l.Leave()
	return may
}

func TestLeaseIsLentAfterQuickAnswersOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		if answers(l, Quick+1) {
			t.Error("it is lent after an answer that was slow")
		}
		for range streakOf - 1 {
			if answers(l, Quick) {
				t.Fatal("it is lent before enough answers have been quick again")
			}
		}
		if !answers(l, Quick) {
			t.Error("it is not lent once enough answers have been quick")
		}
	})
}

func TestLeaseIsNotLentWhenItIsNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		l.Enter()
		if answers(l, 0) {
			t.Error("it is lent while two requests wait")
		}
		l.Leave()
		l.pressed.Store(true)
		if answers(l, 0) {
			t.Error("it is lent while a send window is pressed")
		}
	})
}

func TestReaderGoesOnWhenNoRequestsCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		before := time.Now()
		l.standBy()
		if waited, want := time.Since(before), LookAfter+beat.Every; waited != want {
			t.Errorf("it went on after %v, want %v", waited, want)
		}
		if ok, _ := l.Take(); ok {
			t.Error("a request took the lease from the reader")
		}
		if !l.HasRead() || l.HasRead() {
			t.Error("what is read at once has waited, and only the first of it")
		}
	})
}

func TestReaderGoesOnAtOnceWhenRecalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		before := time.Now()
		go l.Recall()
		l.standBy()
		if waited := time.Since(before); waited != 0 {
			t.Errorf("it went on after %v, want at once", waited)
		}
	})
}

func TestRequestThatReadsKeepsTheReaderAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		var back atomic.Bool
		go func() { l.standBy(); back.Store(true) }()
		synctest.Wait()
		ok, late := l.Take()
		if !ok || late {
			t.Fatalf("taking the lease: got %v, late %v; want it, at once", ok, late)
		}
		if ok, _ := l.Take(); ok {
			t.Fatal("two requests have the lease")
		}
		time.Sleep(10 * LookAfter)
		synctest.Wait()
		if back.Load() {
			t.Fatal("the reader reads beside the request")
		}
		l.GiveUp() // The reader is to start meanwhile.
		synctest.Wait()
		if !back.Load() {
			t.Error("the reader did not get the lease back")
		}
	})
}

func TestReaderLooksLessOftenWhileRequestsCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		var back atomic.Bool
		go func() { l.standBy(); back.Store(true) }()
		synctest.Wait()
		longest, shortest := l.Looks()
		for range fewest * 100 {
			if ok, _ := l.Take(); !ok {
				t.Fatal("the lease was not free")
			}
			l.GiveUp()
			time.Sleep(shortest / (fewest + 1))
			synctest.Wait()
			if back.Load() {
				t.Fatal("the reader went on while requests came")
			}
		}
		stopped := time.Now()
		for !back.Load() {
			time.Sleep(shortest / 4)
			synctest.Wait()
		}
		if waited := time.Since(stopped); waited > 2*longest {
			t.Errorf("it went on after %v, want at most %v", waited, 2*longest)
		}
		l.Distrust()
		if now, _ := l.Looks(); now != longest/2 {
			t.Errorf("distrusted it looks after %v, want %v", now, longest/2)
		}
	})
}

func TestReaderWhoseHandlerReturnsReadsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		for range 100 {
			call := l.Call()
			time.Sleep(callLook - 1)
			if !l.Return(call) {
				t.Fatal("it lost the lease though its handler has returned soon")
			}
		}
		time.Sleep(10 * callLook)
		synctest.Wait()
		if l.runs.Load() {
			t.Error("the timer runs though no handler is called")
		}
	})
}

func TestSecondLookTakesOverFromAHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		l.Return(l.Call())
		time.Sleep(callLook / 2)
		call := l.Call()
		before := time.Now()
		<-l.starts
		if waited := time.Since(before); waited < callLook || waited > 2*callLook {
			t.Errorf("it was taken over after %v, want between %v and %v", waited, callLook, 2*callLook)
		}
		if l.Return(call) {
			t.Error("two readers have the lease")
		}
	})
}

func TestHandlerThatWaitsIsTakenOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		call := l.Call()
		l.Recall()
		if len(l.starts) != 0 {
			t.Error("recalling it took it from a handler that may be quick")
		}
		l.TakeOver()
		l.TakeOver()
		<-l.starts
		if l.Return(call) {
			t.Error("two readers have the lease")
		}
		if l.TakeOver(); len(l.starts) != 0 {
			t.Error("it was taken from a reader that calls no handler")
		}
	})
}

// What a full window waits for is read beside a handler, whichever came first.
func TestHandlerIsTakenOverWhileAWindowIsPressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		l.pressed.Store(true)
		for range 2 {
			call := l.Call()
			l.TakeOver() // as the queue does when it presses a window
			<-l.starts
			if l.Return(call) || len(l.starts) != 0 {
				t.Error("want one other reader")
			}
		}
	})
}

func TestNothingLooksAtARequestThatMustHaveTheReaderStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		var sets atomic.Int64
		l.timers = func(f func()) beat.Timer { return counted{beat.GoTimer(f), &sets} }
		l.Lend()
		if ok, _ := l.Take(); !ok {
			t.Fatal("the lease was not free")
		}
		time.Sleep(time.Minute)
		if n := sets.Load(); n > 3 {
			t.Errorf("the timer was set %d times, want a look or two", n)
		}
		l.GiveUp()
		<-l.starts
		l.Begin()
		l.Call()
		<-l.starts // A look has found the handler.
	})
}

// TestReaderMayEndBesideACall has a reader end that has taken over, while the one before still
// prepares to call.
func TestReaderMayEndBesideACall(t *testing.T) {
	for range 1000 {
		var l Lease
		l.Init(new(atomic.Bool), beat.New, l.End)
		var returned atomic.Bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !returned.Load() {
				l.TakeOver()
			}
		}()
		reads := l.Return(l.Call())
		returned.Store(true)
		<-done
		if reads {
			l.End()
		}
	}
}

// counted counts how often a timer is set.
type counted struct {
	beat.Timer
	sets *atomic.Int64
}

func (c counted) Reset(d time.Duration) bool {
	c.sets.Add(1)
	return c.Timer.Reset(d)
}

// TestLooksAtHandlersGoOnAfterRequests has requests lengthen the time between looks.
func TestLooksAtHandlersGoOnAfterRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := leased(t)
		l.Lend()
		for range fewest * 100 {
			l.Take()
			l.GiveUp()
			time.Sleep(l.soon / (fewest + 1))
		}
		l.Recall()
		<-l.starts
		l.Begin()
		l.Call()
		before := time.Now()
		<-l.starts
		if waited := time.Since(before); waited > 2*callLook {
			t.Errorf("a handler was taken over after %v, want at most %v", waited, 2*callLook)
		}
	})
}
