package lahja

import (
	"bytes"
	"testing"
)

// lyingIn is an event of so many bytes, all b, in a segment.
func lyingIn(t *testing.T, g *segment, b byte, size int) *outFrame {
	t.Helper()
	at, lies := g.keep(append(g.free(0), bytes.Repeat([]byte{b}, size)...))
	if !lies {
		t.Fatalf("an event of %d bytes does not lie in a segment with %d used", size, len(g.used))
	}
	return &outFrame{bytes: g.used[at:], limited: size, event: "t", segment: g, at: at}
}

func TestEventsBehindEachOtherAreOneRun(t *testing.T) {
	q, _ := outboxOf(1 << 20)
	q.writing = true
	g := newSegment()
	control := &outFrame{bytes: []byte("control"), control: true}
	first, second, elsewhere := lyingIn(t, g, 'a', 3), lyingIn(t, g, 'b', 2), lyingIn(t, newSegment(), 'c', 1)
	for _, f := range []*outFrame{first, second, elsewhere, lyingIn(t, g, 'd', 1), control, lyingIn(t, g, 'e', 1)} {
		if got := q.offer(f); got != queued {
			t.Fatalf("got %v, want it queued", got)
		}
	}
	if q.load() != 8 || q.events != 5 || q.sent != (Traffic{Events: 5, Bytes: 8}) {
		t.Errorf("%d bytes wait, %d events, %v sent; want 8 and 5", q.load(), q.events, q.sent)
	}
	batch, _, _, _ := q.take(nil)
	want := []string{"aaabb", "c", "d", "control", "e"}
	if len(batch) != len(want) {
		t.Fatalf("the writer got %d pieces, want %d", len(batch), len(want))
	}
	for i, f := range batch {
		if string(f.bytes) != want[i] {
			t.Errorf("got %q, want %q", f.bytes, want[i])
		}
	}
	if batch[0].limited != 5 || string(first.bytes) != "aaa" {
		t.Errorf("the run counts for %d bytes and its first event is %q; want 5, and the event as it was", batch[0].limited, first.bytes)
	}
}

// What the writer has does not grow under its hands.
func TestRunEndsWhenTheWriterTakesIt(t *testing.T) {
	q, _ := outboxOf(1 << 20)
	g := newSegment()
	q.offer(lyingIn(t, g, 'a', 1))
	first, _, _, _ := q.take(nil)
	q.offer(lyingIn(t, g, 'b', 1))
	second, _, _, _ := q.take(nil)
	if len(first) != 1 || string(first[0].bytes) != "a" || len(second) != 1 || string(second[0].bytes) != "b" {
		t.Errorf("got %v and %v, want one event each", first, second)
	}
}

func TestFewEventsKeepFewSegments(t *testing.T) {
	const size, events = 100, 2000
	q, _ := outboxOf(1 << 20)
	q.writing = true
	for range events {
		q.offer(lyingIn(t, newSegment(), 'a', size))
	}
	kept := map[*segment]bool{}
	batch, _, _, _ := q.take(nil)
	for _, f := range batch {
		if f.segment != nil {
			kept[f.segment] = true
		}
	}
	if most := 2 + 2*size*events/segmentSize; len(kept) == 0 || len(kept) > most {
		t.Errorf("%d events of %d bytes keep %d segments, want some and %d at most", events, size, len(kept), most)
	}
	if len(batch) != events {
		t.Errorf("got %d events, want %d", len(batch), events)
	}
}

func TestSegmentIsUsedAgainWhenNobodyNeedsIt(t *testing.T) {
	g := newSegment()
	q, _ := outboxOf(1 << 20)
	q.offer(lyingIn(t, g, 'a', 10))
	batch, _, _, _ := q.take(nil)
	g.drop() // as when it is full
	if len(g.used) != 10 {
		t.Fatal("it is used again while it has a run to be written")
	}
	dropRuns(batch)
	if len(g.used) != 0 || g.holders.Load() != 1 {
		t.Errorf("%d bytes used and %d holders, want it as new", len(g.used), g.holders.Load())
	}
}

func TestEventWithoutRoomLiesInMemoryOfItsOwn(t *testing.T) {
	g := newSegment()
	lyingIn(t, g, 'a', segmentSize-10)
	large := append(g.free(0), make([]byte, 11)...)
	if _, lies := g.keep(large); lies || len(g.used) != segmentSize-10 {
		t.Errorf("it lies in the segment: %v, %d bytes used", lies, len(g.used))
	}
}
