package sendq

import "testing"

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
