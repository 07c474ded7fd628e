package sendq

import (
	"bytes"
	"testing"
)

// What the writer has cannot be dropped, so where a policy drops the oldest it has
// little.
func TestWriterTakesLittleOfWhatMayBeDropped(t *testing.T) {
	const size = WriteBuffer / 4
	q, _ := queueOf(10 * size)
	q.cfg.Evicts = true
	q.busy = true
	event := func() *Frame { return &Frame{Bytes: make([]byte, size), Limited: size, Event: "t"} }
	var all []*Frame
	for range 10 {
		f := event()
		if got := q.Offer(f); got != Queued {
			t.Fatalf("got %v, want it queued", got)
		}
		all = append(all, f)
	}
	batch, _, _, ok := q.take(nil)
	if !ok || len(batch) != 4 || batch[0] != all[0] || q.writing != 4 || q.events != 6 {
		t.Fatalf("got %d frames, %d at hand, %d left; want 4, 4 and 6", len(batch), q.writing, q.events)
	}
	newest := event()
	outcome, dropped := q.OfferInstead(newest)
	if outcome != Queued || len(dropped) != 1 || dropped[0] != all[4] {
		t.Errorf("got %v and %d dropped; want the newest queued and the oldest that waits dropped", outcome, len(dropped))
	}
	var got []*Frame
	for len(got) < 7 { // six events and where the seventh was
		batch, _, _, ok = q.take(nil)
		if !ok || len(batch) == 0 {
			t.Fatalf("the writer got %d frames, want 7", len(got))
		}
		got = append(got, batch...)
	}
	if got[1] != all[5] || got[6] != newest {
		t.Error("the rest does not come in order, the newest last")
	}
}

// An event that is larger than all the room is kept even so, whether what is in its way
// waits or is with the writer already, and it is the next one to be dropped.
func TestNewestIsKeptHoweverLargeItIs(t *testing.T) {
	for name, writing := range map[string]bool{"nothing is being written": false, "the writer has one": true} {
		t.Run(name, func(t *testing.T) {
			q, _ := queueOf(4)
			q.cfg.Evicts = true
			if writing {
				q.Offer(event("gone"))
				if batch, _, _, ok := q.take(nil); !ok || len(batch) != 1 {
					t.Fatalf("the writer got %d frames, want 1", len(batch))
				}
			} else {
				q.Offer(event("wait"))
			}
			large, larger := event("large"), event("larger")
			if got, dropped := q.OfferInstead(large); got != Queued || len(dropped) > 1 || len(dropped) == 1 && dropped[0] == large {
				t.Errorf("got %v, %d dropped; want the newest queued", got, len(dropped))
			}
			if got, dropped := q.OfferInstead(larger); got != Queued || len(dropped) != 1 || dropped[0] != large {
				t.Errorf("got %v, %d dropped; want the newest queued, and the one before dropped", got, len(dropped))
			}
			if s := q.State(); s.Events > 2 {
				t.Errorf("%d events wait or are being written, want the newest and what the writer has", s.Events)
			}
		})
	}
}

// A writer that stands still takes no frames, so dropped events must leave by themselves.
func TestDroppedEventsLeaveNothingInTheQueue(t *testing.T) {
	q, _ := queueOf(4)
	q.cfg.Evicts = true
	q.busy = true
	q.Offer(&Frame{Bytes: []byte("answer")})
	for i := range 10_000 {
		if got, dropped := q.OfferInstead(event("full")); got != Queued || i > 0 && len(dropped) != 1 {
			t.Fatalf("got %v, %d dropped; want the newest queued and the one before dropped", got, len(dropped))
		}
	}
	if room := cap(q.frames); room > 4*idleFrames {
		t.Errorf("two frames wait, and the queue keeps memory for %d", room)
	}
	var written bytes.Buffer
	writeTo(q, &written)
	if got := written.String(); got != "answerfull" || q.gaps != 0 {
		t.Errorf("wrote %q, and %d gaps are left; want the answer, the newest, and none", got, q.gaps)
	}
}
