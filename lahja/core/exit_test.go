package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// TestReportsThatExitEndNothing: t.FailNow in OnHandlerError is such a report.
func TestReportsThatExitEndNothing(t *testing.T) {
	for name, handle := range map[string]func() error{
		"error": func() error { return errors.New("failed") },
		"exit":  func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var seen, reported, handled atomic.Int64
			b := &bus{sent: make(chan *core.Outgoing, 1)}
			made, err := core.New(core.Config{Name: "self", Endpoint: b,
				OnHandlerError: func(lahja.HandlerError) { reported.Add(1); runtime.Goexit() },
				Observer: func(o lahja.Observation) {
					if o.Kind == lahja.EventHandled {
						seen.Add(int64(o.Events()))
					}
				}})
			check(t, err)
			b.Core = made
			check(t, b.Start())
			t.Cleanup(func() { b.Close() })
			_, err = lahja.Subscribe(b, func(context.Context, lahja.Event[Tick]) error { handled.Add(1); return handle() })
			check(t, err)
			const events = 3
			for n := range events {
				check(t, b.Core.Deliver(core.Incoming{Type: "test/tick", Origin: "other", ID: lahja.EventID{Instance: 7, Sequence: uint64(n + 1)}, Payload: []byte{0xa0}}))
			}
			check(t, b.Core.Sync(limited(t)))
			if got, want := fmt.Sprint(handled.Load(), reported.Load(), seen.Load()), fmt.Sprint(events, events, events); got != want {
				t.Errorf("handled, reported and observed: got %s, want %s", got, want)
			}
		})
	}
}

// TestObserverThatExitsEndsNothing has it exit when it is shown handled events, which is after
// some of them, before the next one, or between two batches.
func TestObserverThatExitsEndsNothing(t *testing.T) {
	for name, failing := range map[string]bool{"all are handled": false, "some fail": true} {
		t.Run(name, func(t *testing.T) {
			var seen atomic.Int64
			var handled []int
			b := newObservedBus(t, func(o lahja.Observation) {
				if o.Kind == lahja.EventHandled {
					seen.Add(int64(o.Events()))
					runtime.Goexit()
				}
			})
			_, err := lahja.Subscribe(b, func(_ context.Context, e lahja.Event[Tick]) error {
				handled = append(handled, e.Data.N)
				if failing && e.Data.N%3 == 0 {
					return errHandler
				}
				return nil
			})
			check(t, err)
			var box core.Inbox
			box.Init(b.Core, nil, func() {})
			for n := 1; n <= manyTicks; n++ {
				check(t, box.Deliver(arrival(t, n, nil, nil)))
				if n%50 == 0 {
					box.Flush()
				}
			}
			check(t, b.Core.Sync(limited(t)))
			if len(handled) != manyTicks || !slices.IsSorted(handled) || seen.Load() != manyTicks {
				t.Errorf("%d events were handled and %d observed, want %d each, in order", len(handled), seen.Load(), manyTicks)
			}
		})
	}
}
