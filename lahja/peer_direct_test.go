package lahja

import (
	"bytes"
	"testing"
)

// outboxOf is a queue whose writer was started already, and counts further starts.
func outboxOf(limit int) (q *outbox, starts *int) {
	starts = new(int)
	q = &outbox{limit: limit, greeted: true}
	q.ended.L = &q.mu
	q.start, q.press = func() { *starts++ }, func() {}
	return q, starts
}

func TestDirectWriteLeavesTheRestToAWriter(t *testing.T) {
	q, starts := outboxOf(100)
	request := &outFrame{bytes: []byte("request"), limited: 7, event: "t", request: true}
	if fate, writes := q.claim(request); fate != queued || !writes || *starts != 0 {
		t.Fatalf("got %v, %v, %d starts; want it to be written by who claims", fate, writes, *starts)
	}
	meanwhile := &outFrame{bytes: []byte("meanwhile"), limited: 9, event: "t"}
	if fate := q.offer(meanwhile); fate != queued || *starts != 0 {
		t.Fatalf("got %v and %d starts while somebody writes; want it queued", fate, *starts)
	}
	if q.unclaim(request, 3, true); *starts != 1 || q.load() != 16 {
		t.Errorf("got %d starts and %d bytes waiting; want a writer for 16", *starts, q.load())
	}
	batch, _, _, ok := q.take(nil)
	if !ok || len(batch) != 2 || !bytes.Equal(batch[0].bytes, []byte("uest")) || batch[1] != meanwhile {
		t.Errorf("got %v, %v; want the rest of the request, and then the other", batch, ok)
	}
}

func TestDirectWriteOfAllLeavesNothing(t *testing.T) {
	q, starts := outboxOf(100)
	request := &outFrame{bytes: []byte("request"), limited: 7, event: "t", request: true}
	q.claim(request)
	if q.unclaim(request, 7, true); *starts != 0 || q.load() != 0 || q.writing {
		t.Errorf("got %d starts, %d bytes, writing %v; want nothing left", *starts, q.load(), q.writing)
	}
}

func TestDirectWriteOnAConnectionThatCloses(t *testing.T) {
	for written, unsent := range map[int]int{7: 0, 3: 7} {
		q, _ := outboxOf(100)
		request := &outFrame{bytes: []byte("request"), limited: 7, event: "t", request: true}
		q.claim(request)
		q.close()
		q.unclaim(request, written, true)
		if got := q.rest(); got != unsent {
			t.Errorf("%d bytes written: got %d unsent, want %d", written, got, unsent)
		}
	}
}

func TestDirectWriteGivesWayToAWriter(t *testing.T) {
	q, _ := outboxOf(100)
	q.writing = true
	if fate, writes := q.claim(&outFrame{bytes: []byte("x"), limited: 1}); fate != queued || writes {
		t.Errorf("got %v, %v; want it queued behind what the writer has", fate, writes)
	}
}

// TestEventThatMayBeDroppedLiesByItself pins that of events that lie together in a segment
// a queue that drops single ones keeps copies.
func TestEventThatMayBeDroppedLiesByItself(t *testing.T) {
	q, _ := outboxOf(100)
	q.evicts = true
	g := takeSegment(10)
	defer g.giveBack()
	for _, text := range []string{"first", "other"} {
		bytes := append(g.free(10), text...)
		at, _ := g.keep(bytes)
		if fate := q.offer(&outFrame{bytes: bytes, limited: 5, event: text, cost: 5, segment: g, at: at}); fate != queued {
			t.Fatalf("%s: got %v, want it queued", text, fate)
		}
		clear(bytes) // as if the segment were used again
	}
	for i, want := range []string{"first", "other"} {
		if f := q.frames[i]; string(f.bytes) != want || f.event != want || f.segment != nil {
			t.Errorf("frame %d is %q of %s, in a segment: %v; want %q by itself", i, f.bytes, f.event, f.segment != nil, want)
		}
	}
}
