package core_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// spans are what an observer is told of handled events.
type spans struct {
	mu  sync.Mutex
	all []lahja.Observation
}

func (s *spans) see(o lahja.Observation) {
	if o.Kind == lahja.EventHandled {
		s.mu.Lock()
		s.all = append(s.all, o)
		s.mu.Unlock()
	}
}

// of returns the span of an event.
func (s *spans) of(t *testing.T, sequence uint64) lahja.Observation {
	t.Helper()
	i := slices.IndexFunc(s.all, func(o lahja.Observation) bool {
		return o.ID.Sequence <= sequence && sequence < o.ID.Sequence+uint64(o.Events())
	})
	if i < 0 {
		t.Fatalf("event %d was not observed among %+v", sequence, s.all)
	}
	return s.all[i]
}

// manyTicks is how many events arrive together.
const manyTicks = 300

// together has events arrive together, and returns what was observed when all were handled. It
// checks that each was once, in order.
func together(t *testing.T, handler func(n int) error) *spans {
	t.Helper()
	var seen spans
	b := newObservedBus(t, seen.see)
	_, err := lahja.Subscribe(b, func(_ context.Context, e lahja.Event[Tick]) error { return handler(e.Data.N) })
	check(t, err)
	var box core.Inbox
	box.Init(b.Core, nil, func() {})
	for n := 1; n <= manyTicks; n++ {
		check(t, box.Deliver(arrival(t, n, nil, nil)))
	}
	box.Flush()
	check(t, b.Core.Sync(limited(t)))
	next, last := uint64(1), time.Time{}
	for _, o := range seen.all {
		if o.ID.Sequence != next || o.Time.Before(last) {
			t.Errorf("got %+v, want it to begin with the event %d after %v", o, next, last)
		}
		next, last = next+uint64(o.Events()), o.Time
	}
	if next != manyTicks+1 {
		t.Errorf("%d events were observed, want %d", next-1, manyTicks)
	}
	return &seen
}

func TestSlowEventIsObservedWithAFewQuickOnes(t *testing.T) {
	const slow, took = 200, 3 * time.Millisecond
	seen := together(t, func(n int) error {
		for began := time.Now(); n == slow && time.Since(began) < took; {
		}
		return nil
	})
	if o := seen.of(t, slow); o.Events() > 16 || o.Took < took {
		t.Errorf("the slow event is %+v, want at most 15 others with it, and at least %v", o, took)
	}
}

func TestFailedEventIsObservedAlone(t *testing.T) {
	seen := together(t, func(n int) error {
		if n == 200 {
			return errHandler
		}
		return nil
	})
	for n, want := range map[uint64]error{199: nil, 200: errHandler, 201: nil} {
		if o := seen.of(t, n); (o.Err != nil) != (want != nil) || want != nil && o.Events() != 1 {
			t.Errorf("event %d is %+v, want the error %v", n, o, want)
		}
	}
}

func TestEachEventIsTimedInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow, took = 200, time.Second
		seen := together(t, func(n int) error {
			if n == slow {
				time.Sleep(took)
			}
			return nil
		})
		if o := seen.of(t, slow); o.Events() != 1 || o.Took != took {
			t.Errorf("the slow event is %+v, want it alone and %v", o, took)
		}
	})
}
