package core_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
