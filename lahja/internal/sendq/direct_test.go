package sendq

import (
	"bytes"
	"testing"
)

// queueOf is a queue whose writer was started already, and counts further starts.
func queueOf(limit int) (q *Queue, starts *int) {
	starts = new(int)
	q = &Queue{greeted: true}
	q.Init(Config{Limit: limit, Start: func() { *starts++ }, Press: func() {}, Prelude: func(bool) []byte { return nil }})
	return q, starts
}

func TestDirectWriteLeavesTheRestToAWriter(t *testing.T) {
	q, starts := queueOf(100)
	request := &Frame{Bytes: []byte("request"), Limited: 7, Event: "t", Request: true}
	if outcome, writes := q.claim(request); outcome != Queued || !writes || *starts != 0 {
		t.Fatalf("got %v, %v, %d starts; want it claimed by the caller", outcome, writes, *starts)
	}
	meanwhile := &Frame{Bytes: []byte("meanwhile"), Limited: 9, Event: "t"}
	if outcome := q.Offer(meanwhile); outcome != Queued || *starts != 0 {
		t.Fatalf("got %v and %d starts while somebody writes; want it queued", outcome, *starts)
	}
	if q.unclaim(request, 3, true); *starts != 1 || q.Load() != 16 {
		t.Errorf("got %d starts and %d bytes waiting; want a writer for 16", *starts, q.Load())
	}
	batch, _, _, ok := q.take(nil)
	if !ok || len(batch) != 2 || !bytes.Equal(batch[0].Bytes, []byte("uest")) || batch[1] != meanwhile {
		t.Errorf("got %v, %v; want the rest of the request, and then the other", batch, ok)
	}
}

func TestDirectWriteOfAllLeavesNothing(t *testing.T) {
	q, starts := queueOf(100)
	request := &Frame{Bytes: []byte("request"), Limited: 7, Event: "t", Request: true}
	q.claim(request)
	if q.unclaim(request, 7, true); *starts != 0 || q.Load() != 0 || q.busy {
		t.Errorf("got %d starts, %d bytes, writing %v; want nothing left", *starts, q.Load(), q.busy)
	}
}

func TestDirectWriteOnAConnectionThatCloses(t *testing.T) {
	for written, unsent := range map[int]int{7: 0, 3: 7} {
		q, _ := queueOf(100)
		request := &Frame{Bytes: []byte("request"), Limited: 7, Event: "t", Request: true}
		q.claim(request)
		q.Close()
		q.unclaim(request, written, true)
		if got := q.Rest(); got != unsent {
			t.Errorf("%d bytes written: got %d unsent, want %d", written, got, unsent)
		}
	}
}

func TestDirectWriteGivesWayToAWriter(t *testing.T) {
	q, _ := queueOf(100)
	q.busy = true
	if outcome, writes := q.claim(&Frame{Bytes: []byte("x"), Limited: 1}); outcome != Queued || writes {
		t.Errorf("got %v, %v; want it queued behind what the writer has", outcome, writes)
	}
}

// TestEventThatMayBeDroppedLiesByItself pins that a queue that drops single events copies
// them out of their arena.
func TestEventThatMayBeDroppedLiesByItself(t *testing.T) {
	q, _ := queueOf(100)
	q.cfg.Evicts = true
	g := TakeArena(10)
	defer g.GiveBack()
	for _, text := range []string{"first", "other"} {
		bytes := append(g.Free(10), text...)
		at, _ := g.Keep(bytes)
		if outcome := q.Offer(&Frame{Bytes: bytes, Limited: 5, Event: text, Cost: 5, arena: g, at: at}); outcome != Queued {
			t.Fatalf("%s: got %v, want it queued", text, outcome)
		}
		clear(bytes) // as if the arena were used again
	}
	for i, want := range []string{"first", "other"} {
		if f := q.frames[i]; string(f.Bytes) != want || f.Event != want || f.arena != nil {
			t.Errorf("frame %d is %q of %s, in an arena: %v; want %q by itself", i, f.Bytes, f.Event, f.arena != nil, want)
		}
	}
}
