package bench

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// outgoing notes when events are sent, and how many had been sent at each flush.
type outgoing struct {
	start   time.Time
	sent    []time.Duration
	flushed []int
	// slow is the index of an event that takes a second to send.
	slow int
}

func (o *outgoing) send(_ context.Context, b body) error {
	o.sent = append(o.sent, time.Since(o.start))
	if int(b.Index) == o.slow {
		time.Sleep(time.Second)
	}
	return nil
}

func (o *outgoing) flush(context.Context) error {
	o.flushed = append(o.flushed, len(o.sent))
	return nil
}

// TestThrottle sends events in virtual time. None is sent before its time, late ones are sent
// at once, and the outlet is flushed before each wait.
func TestThrottle(t *testing.T) {
	const none = -1
	for name, c := range map[string]struct {
		throttle float64
		slow     int
		sent     []int // in milliseconds
		flushed  []int
	}{
		"as fast as it goes": {0, none, []int{0, 0, 0, 0, 0, 0}, []int{6}},
		"four a second":      {4, none, []int{0, 250, 500, 750, 1000, 1250}, []int{1, 2, 3, 4, 5, 6}},
		"one in two seconds": {0.5, none, []int{0, 2000, 4000, 6000, 8000, 10000}, []int{1, 2, 3, 4, 5, 6}},
		"what is late":       {4, 1, []int{0, 250, 1250, 1250, 1250, 1250}, []int{1, 6}},
		"caught up with":     {2, 1, []int{0, 500, 1500, 1500, 2000, 2500}, []int{1, 4, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sender := &child{job: job{Throttle: c.throttle, Every: 1}, clock: clock{at: time.Now()}}
				out := &outgoing{start: time.Now(), slow: c.slow}
				if err := sender.sendAll(t.Context(), out, len(c.sent), nil); err != nil {
					t.Fatal(err)
				}
				var sent []int
				for _, d := range out.sent {
					sent = append(sent, int(d.Milliseconds()))
				}
				if !slices.Equal(sent, c.sent) {
					t.Errorf("got events sent at %v ms, want %v", sent, c.sent)
				}
				if !slices.Equal(out.flushed, c.flushed) {
					t.Errorf("got flushes after %v events, want %v", out.flushed, c.flushed)
				}
			})
		})
	}
}
