package sendq

import (
	"bytes"
	"testing"
)

func typed(name, text string) *Frame {
	f := event(text)
	f.Event = name
	return f
}

// Dropping an event frees room in the queue and credit in a window. Whatever waits for
// either must be woken: if nothing limited is left, no write and no acknowledgement follows.
func TestDroppingEventsWakesWhatWaits(t *testing.T) {
	for name, c := range map[string]struct {
		window int
		latest *Frame // offered while the request waits
	}{
		"for room":                              {latest: typed("other", "n")},
		"for room, behind its own type":         {latest: typed("t", "n")},
		"for credit":                            {window: 4, latest: typed("other", "n")},
		"for credit, behind its own type":       {window: 4, latest: typed("t", "n")},
		"for credit, before an event too large": {window: 4, latest: typed("other", "larger")},
		"for credit that is overdrawn":          {window: 2, latest: typed("other", "n")},
	} {
		t.Run(name, func(t *testing.T) {
			q, _ := queueOf(4)
			q.cfg.Evicts = true
			q.Resize(func(event string) int { return map[string]int{"t": c.window}[event] })
			q.Offer(event("full"))
			request := event("req!")
			request.Request = true
			woken := 0
			p := &Pending{Frame: request, Wake: func() { woken++ }}
			if q.Await(p) {
				t.Fatal("the request does not wait")
			}
			for range 3 {
				q.OfferInstead(c.latest)
			}
			var written bytes.Buffer
			writeTo(q, &written)
			if bytes.Contains(written.Bytes(), []byte("full")) { // A peer acknowledges only what it received.
				q.Acknowledge([]byte("t"), 4)
				writeTo(q, &written)
			}
			if got := q.GiveUp(p); woken != 1 || got != Queued || !bytes.Contains(written.Bytes(), request.Bytes) {
				t.Errorf("woken %d times, %v, wrote %q; want the request woken once, and written", woken, got, &written)
			}
		})
	}
}
