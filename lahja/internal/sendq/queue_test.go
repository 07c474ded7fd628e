package sendq

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func event(text string) *Frame {
	return &Frame{Bytes: []byte(text), Limited: len(text), Event: "t", Cost: len(text)}
}

func writeTo(q *Queue, w io.Writer) (finished bool) {
	q.cfg.Conn = w
	return q.Write()
}

func TestIdleQueueKeepsLittleMemory(t *testing.T) {
	const events = 20_000
	q, _ := queueOf(events)
	for range events {
		q.Offer(event("x"))
	}
	var written bytes.Buffer
	writeTo(q, &written)
	if written.Len() != events {
		t.Fatalf("wrote %d bytes, want %d", written.Len(), events)
	}
	if room := cap(q.frames) + cap(q.spare); room > 2*idleFrames {
		t.Errorf("it keeps memory for %d frames, want at most %d", room, 2*idleFrames)
	}
}

func TestEventPassesItsWindowFirst(t *testing.T) {
	q, _ := queueOf(100)
	q.Resize(func(string) int { return 4 })
	if got := q.Offer(event("first")); got != Queued {
		t.Fatalf("got %v; want the first event queued, whatever its size", got)
	}
	other := event("other")
	other.Event = "another type"
	if got := q.Offer(event("second")); got != Full {
		t.Errorf("got %v with a full window, want Full", got)
	}
	if got := q.Offer(other); got != Queued {
		t.Errorf("got %v for another type, want Queued", got)
	}
	q.Acknowledge([]byte("t"), 2)
	if got := q.Offer(event("second")); got != Queued {
		t.Errorf("got %v once there is credit, want Queued", got)
	}
}

// An answer that is limited, as at a bridge, waits for room in the queue and for no window.
func TestLimitedAnswerPassesNoWindow(t *testing.T) {
	q, _ := queueOf(10)
	q.Resize(func(string) int { return 1 })
	q.Offer(event("full"))
	if got := q.Offer(event("event")); got != Full {
		t.Fatalf("got %v for an event with a full window, want Full", got)
	}
	answer := func(text string) *Frame { return &Frame{Bytes: []byte(text), Limited: len(text)} }
	if got := q.Offer(answer("answer")); got != Queued {
		t.Errorf("got %v while there is room, want Queued", got)
	}
	p := &Pending{Frame: answer("second"), Wake: func() {}}
	if q.Await(p) {
		t.Fatalf("got %v without room, want it to wait", p.Outcome())
	}
	var written bytes.Buffer
	writeTo(q, &written)
	if got := written.String(); got != "fullanswersecond" || p.Outcome() != Queued {
		t.Errorf("wrote %q, and %v became of what waited; want it after the others", got, p.Outcome())
	}
}

func TestWaitingBroadcastsAreAdmittedInOrder(t *testing.T) {
	q, _ := queueOf(4)
	q.Offer(event("full"))
	var woken []string
	wait := func(text string) *Pending {
		p := &Pending{Frame: event(text), Wake: func() { woken = append(woken, text) }}
		if q.Await(p) {
			t.Fatalf("%s did not wait", text)
		}
		return p
	}
	wait("a")
	second := wait("b")
	wait("c")
	if got := q.Offer(event("x")); got != Full {
		t.Errorf("got %v for a broadcast that overtakes others, want Full", got)
	}
	if got := q.GiveUp(second); got != Full {
		t.Errorf("got %v for one that gave up, want Full", got)
	}
	var written bytes.Buffer
	writeTo(q, &written)
	if got := written.String(); got != "fullac" {
		t.Errorf("wrote %q, want fullac", got)
	}
	if len(woken) != 2 || woken[0] != "a" || woken[1] != "c" {
		t.Errorf("woke %v, want a and c", woken)
	}
}

func TestLastFrameGoesBehindWhatWaits(t *testing.T) {
	q, _ := queueOf(4)
	q.Offer(event("full"))
	p := &Pending{Frame: event("late"), Wake: func() {}}
	q.Await(p)
	q.Seal([]byte("bye"))
	if got := q.Offer(event("x")); got != Gone {
		t.Errorf("got %v behind the last frame, want Gone", got)
	}
	var written bytes.Buffer
	if !writeTo(q, &written) {
		t.Error("the writer does not say that the last frame was written")
	}
	if got := written.String(); got != "fulllatebye" {
		t.Errorf("wrote %q, want fulllatebye", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestQueueThatClosesSaysWhatWasNotWritten(t *testing.T) {
	q, _ := queueOf(4)
	q.Offer(event("full"))
	woken := false
	p := &Pending{Frame: event("late"), Wake: func() { woken = true }}
	q.Await(p)
	q.cfg.Failed = func(error) { q.Close() }
	finished := writeTo(q, broken{})
	if finished || !woken || q.GiveUp(p) != Gone || q.Rest() != 4 {
		t.Errorf("finished %v, woken %v, %d bytes unsent; want a broadcast that is Gone and 4 bytes", finished, woken, q.Rest())
	}
}

func TestPreludeGoesFirst(t *testing.T) {
	q, starts := queueOf(100)
	q.Offer(event("event"))
	q.MarkStale()
	if *starts != 1 {
		t.Errorf("%d writers were started, want 1", *starts)
	}
	var written bytes.Buffer
	var stale []bool
	q.cfg.Prelude = func(s bool) []byte { stale = append(stale, s); return []byte("prelude ") }
	writeTo(q, &written)
	if got := written.String(); got != "prelude event" || len(stale) != 1 || !stale[0] {
		t.Errorf("wrote %q, stale %v; want the prelude once, stale, and first", got, stale)
	}
}

func TestPressIsCalledOnceAWindowIsMoreThanHalfUsed(t *testing.T) {
	q, _ := queueOf(100)
	presses := 0
	q.cfg.Press = func() { presses++ }
	q.Resize(func(string) int { return 10 })
	for i, want := range []struct {
		send, acknowledge int
		pressed           bool
		presses           int
	}{{5, 0, false, 0}, {1, 0, true, 1}, {1, 0, true, 1}, {0, 1, true, 1}, {0, 1, false, 1}, {1, 0, true, 2}} {
		if want.send > 0 {
			q.Offer(event("123456789"[:want.send]))
		} else {
			q.Acknowledge([]byte("t"), uint64(want.acknowledge))
		}
		if q.Pressed().Load() != want.pressed || presses != want.presses {
			t.Errorf("step %d: pressed %v, pressed %d times; want %v, %d", i, q.Pressed().Load(), presses, want.pressed, want.presses)
		}
	}
}

// halfWriter takes half of what it is given, and returns no error.
type halfWriter struct{}

func (halfWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestWriteOfAPartEndsTheConnection(t *testing.T) {
	for _, events := range []int{1, 2} {
		q, _ := queueOf(100)
		var failed error
		q.cfg.Failed = func(err error) {
			failed = err
			q.Close()
		}
		for range events {
			q.Offer(event("event"))
		}
		writeTo(q, halfWriter{})
		if !errors.Is(failed, io.ErrShortWrite) {
			t.Errorf("%d events: got %v, want %v", events, failed, io.ErrShortWrite)
		}
	}
}
