package sendq

import (
	"bytes"
	"testing"
)

// lyingIn is an event of so many bytes, all b, in an arena.
func lyingIn(t *testing.T, g *Arena, b byte, size int) *Frame {
	t.Helper()
	at, lies := g.Keep(append(g.Free(0), bytes.Repeat([]byte{b}, size)...))
	if !lies {
		t.Fatalf("an event of %d bytes does not lie in an arena with %d used", size, len(g.used))
	}
	return &Frame{Bytes: g.used[at:], Limited: size, Event: "t", arena: g, at: at}
}

func TestNeighboursInAnArenaAreOneSpan(t *testing.T) {
	q, _ := queueOf(1 << 20)
	q.busy = true
	g := newArena()
	control := &Frame{Bytes: []byte("control"), Control: true}
	first, second, elsewhere := lyingIn(t, g, 'a', 3), lyingIn(t, g, 'b', 2), lyingIn(t, newArena(), 'c', 1)
	for _, f := range []*Frame{first, second, elsewhere, lyingIn(t, g, 'd', 1), control, lyingIn(t, g, 'e', 1)} {
		if got := q.Offer(f); got != Queued {
			t.Fatalf("got %v, want it queued", got)
		}
	}
	if q.Load() != 8 || q.events != 5 || q.sent != (Count{Events: 5, Bytes: 8}) {
		t.Errorf("%d bytes wait, %d events, %v sent; want 8 and 5", q.Load(), q.events, q.sent)
	}
	batch, _, _, _ := q.take(nil)
	want := []string{"aaabb", "c", "d", "control", "e"}
	if len(batch) != len(want) {
		t.Fatalf("the writer got %d pieces, want %d", len(batch), len(want))
	}
	for i, f := range batch {
		if string(f.Bytes) != want[i] {
			t.Errorf("got %q, want %q", f.Bytes, want[i])
		}
	}
	if batch[0].Limited != 5 || string(first.Bytes) != "aaa" {
		t.Errorf("the span counts for %d bytes and its first event is %q; want 5, and the event as it was", batch[0].Limited, first.Bytes)
	}
}

// What the writer has does not grow under its hands.
func TestSpanEndsWhenTheWriterTakesIt(t *testing.T) {
	q, _ := queueOf(1 << 20)
	g := newArena()
	q.Offer(lyingIn(t, g, 'a', 1))
	first, _, _, _ := q.take(nil)
	q.Offer(lyingIn(t, g, 'b', 1))
	second, _, _, _ := q.take(nil)
	if len(first) != 1 || string(first[0].Bytes) != "a" || len(second) != 1 || string(second[0].Bytes) != "b" {
		t.Errorf("got %v and %v, want one event each", first, second)
	}
}

func TestFewEventsKeepFewArenas(t *testing.T) {
	const size, events = 100, 2000
	q, _ := queueOf(1 << 20)
	q.busy = true
	for range events {
		q.Offer(lyingIn(t, newArena(), 'a', size))
	}
	kept := map[*Arena]bool{}
	batch, _, _, _ := q.take(nil)
	for _, f := range batch {
		if f.arena != nil {
			kept[f.arena] = true
		}
	}
	if most := 2 + 2*size*events/arenaSize; len(kept) == 0 || len(kept) > most {
		t.Errorf("%d events of %d bytes keep %d arenas, want some and %d at most", events, size, len(kept), most)
	}
	if len(batch) != events {
		t.Errorf("got %d events, want %d", len(batch), events)
	}
}

func TestArenaIsUsedAgainWhenNobodyNeedsIt(t *testing.T) {
	g := newArena()
	q, _ := queueOf(1 << 20)
	q.Offer(lyingIn(t, g, 'a', 10))
	batch, _, _, _ := q.take(nil)
	g.release() // as when it is full
	if len(g.used) != 10 {
		t.Fatal("it is used again while it has a span to be written")
	}
	releaseSpans(batch)
	if len(g.used) != 0 || g.holders.Load() != 1 {
		t.Errorf("%d bytes used and %d holders, want it as new", len(g.used), g.holders.Load())
	}
}

func TestEventWithoutRoomLiesInMemoryOfItsOwn(t *testing.T) {
	g := newArena()
	lyingIn(t, g, 'a', arenaSize-10)
	large := append(g.Free(0), make([]byte, 11)...)
	if _, lies := g.Keep(large); lies || len(g.used) != arenaSize-10 {
		t.Errorf("it lies in the arena: %v, %d bytes used", lies, len(g.used))
	}
}
