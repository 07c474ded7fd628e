package core_test

import (
	"context"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// keeps is the turn of a reader that nobody takes over.
type keeps struct{}

// counts is keeps with a count of the calls.
type counts struct {
	keeps
	calls *int
}

func (c counts) Call() { *c.calls++ }

func (keeps) Call()        {}
func (keeps) Return() bool { return true }

// loses is the turn of a reader that is taken over in every call.
type loses struct{ calls *int }

func (l loses) Call()      { *l.calls++ }
func (loses) Return() bool { return false }

// called subscribes to ticks, and has the reader call the handler on this goroutine alone.
type called struct {
	*bus
	box     core.Inbox
	handled []int
	next    int
}

func newCalled(t *testing.T, takeOver func(), handler func(c *called, ctx context.Context)) *called {
	t.Helper()
	b, _ := newBus(t)
	c := &called{bus: b}
	c.box.Init(b.Core, nil, takeOver)
	_, err := lahja.Subscribe(b, func(ctx context.Context, e lahja.Event[Tick]) error {
		handler(c, ctx)
		c.handled = append(c.handled, e.Data.N)
		return nil
	})
	check(t, err)
	return c
}

// arrives has n events arrive together. It reports whether the reader reads on.
func (c *called) arrives(t *testing.T, n int, turn core.Turn) bool {
	t.Helper()
	for range n {
		c.next++
		check(t, c.box.Deliver(arrival(t, c.next, nil, nil)))
	}
	return c.box.FlushAndCall(turn)
}

// rests waits until nobody calls the handler: whoever passes a barrier still may.
func (c *called) rests(t *testing.T) {
	t.Helper()
	check(t, c.Core.Sync(limited(t)))
	c.Core.WaitHandlers()
}

func (c *called) hasAll(t *testing.T) {
	t.Helper()
	check(t, c.Core.Sync(limited(t)))
	if len(c.handled) != c.next || !slices.IsSorted(c.handled) {
		t.Errorf("%v were handled, want all of %d in order", c.handled, c.next)
	}
}

func TestReaderCallsTheHandlerForAFewEvents(t *testing.T) {
	queue := make(chan struct{})
	c := newCalled(t, nil, func(c *called, _ context.Context) {
		if c.next > 16 {
			<-queue
		}
	})
	if !c.arrives(t, 16, keeps{}) || len(c.handled) != 16 {
		t.Errorf("%d of 16 events were handled when the reader was to read on", len(c.handled))
	}
	c.arrives(t, 17, keeps{}) // The handler would wait for ever.
	close(queue)
	c.hasAll(t)
}

// TestWhatComesDuringACallIsHandledAfterIt has another peer's reader bring an event.
func TestWhatComesDuringACallIsHandledAfterIt(t *testing.T) {
	for name, turn := range map[string]core.Turn{"kept": keeps{}, "lost": loses{new(int)}} {
		t.Run(name, func(t *testing.T) {
			c := newCalled(t, nil, func(c *called, _ context.Context) {
				if c.next == 1 {
					c.next++
					var other core.Inbox
					other.Init(c.Core, nil, nil)
					check(t, other.Deliver(arrival(t, c.next, nil, nil)))
					if !other.FlushAndCall(keeps{}) {
						t.Error("the reader of the other peer is no reader any more")
					}
				}
			})
			c.arrives(t, 1, turn)
			c.hasAll(t)
		})
	}
}

// TestHandlerThatKeepsTheReaderIsCalledLessOften counts the calls among many events.
func TestHandlerThatKeepsTheReaderIsCalledLessOften(t *testing.T) {
	c := newCalled(t, nil, func(*called, context.Context) {})
	var calledAt []int
	calls := 0
	for i := range 100 {
		before := calls
		c.arrives(t, 1, loses{&calls})
		c.rests(t)
		if calls != before {
			calledAt = append(calledAt, i)
		}
	}
	if want := []int{0, 2, 5, 10, 19, 36, 69}; !slices.Equal(calledAt, want) {
		t.Errorf("the reader called it for the events %v, want %v", calledAt, want)
	}
	calls = 0
	for i := 0; calls == 0; i++ { // until it is called, and returns in time
		c.arrives(t, 1, counts{calls: &calls})
		c.rests(t)
		if i > 200 {
			t.Fatal("it is not called any more")
		}
	}
	calls = 0
	if c.arrives(t, 1, loses{&calls}); calls != 1 {
		t.Error("it was not called though it had returned in time")
	}
	c.hasAll(t)
}

func TestHandlerThatWaitsHandsReadingOver(t *testing.T) {
	handedOver := 0
	c := newCalled(t, func() { handedOver++ }, func(c *called, ctx context.Context) {
		check(t, c.Core.Sync(ctx))
		check(t, c.Core.Sync(context.WithoutCancel(ctx)))
	})
	c.arrives(t, 1, keeps{})
	if handedOver != 2 {
		t.Errorf("reading was handed over %d times, want at each of two calls that wait", handedOver)
	}
	c.Core.Waits(t.Context())
	if handedOver != 2 {
		t.Error("reading was handed over by another goroutine")
	}
	c.hasAll(t)
}

// A handler that has lost the reader takes nothing over any more: the next reader may be calling another one.
func TestHandlerHandsReadingOverOnce(t *testing.T) {
	var c *called
	handedOver := 0
	c = newCalled(t, func() {
		handedOver++
		c.box.Begin() // as the other reader does
	}, func(c *called, ctx context.Context) {
		check(t, c.Core.Sync(ctx))
		check(t, c.Core.Sync(context.WithoutCancel(ctx)))
		c.Core.Waits(context.Background())
	})
	c.arrives(t, 1, loses{new(int)})
	if handedOver != 1 {
		t.Errorf("reading was handed over %d times, want once", handedOver)
	}
	c.hasAll(t)
}
