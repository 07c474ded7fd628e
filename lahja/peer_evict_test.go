package lahja

import "testing"

// What the writer has cannot be dropped, so where a policy drops the oldest it has
// little.
func TestWriterTakesLittleOfWhatMayBeDropped(t *testing.T) {
	const size = writeBuffer / 4
	q, _ := outboxOf(10 * size)
	q.evicts = true
	q.writing = true
	event := func() *outFrame { return &outFrame{bytes: make([]byte, size), limited: size, event: "t"} }
	var all []*outFrame
	for range 10 {
		f := event()
		if got := q.offer(f); got != queued {
			t.Fatalf("got %v, want it queued", got)
		}
		all = append(all, f)
	}
	batch, _, _, ok := q.take(nil)
	if !ok || len(batch) != 4 || batch[0] != all[0] || q.atHand != 4 || q.events != 6 {
		t.Fatalf("got %d frames, %d at hand, %d left; want 4, 4 and 6", len(batch), q.atHand, q.events)
	}
	newest := event()
	fate, dropped := q.offerInstead(newest)
	if fate != queued || len(dropped) != 1 || dropped[0] != all[4] {
		t.Errorf("got %v and %d dropped; want the newest queued and the oldest that waits dropped", fate, len(dropped))
	}
	var got []*outFrame
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
