package recording_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/recording"
)

func seen(kind lahja.ObservationKind, sequence uint64) lahja.Observation {
	return lahja.Observation{Kind: kind, Time: time.Now(), Endpoint: "a", Peer: "b", Event: "T", ID: lahja.EventID{Instance: 7, Sequence: sequence}, Size: 10}
}

func TestRingTakesWhatAnEndpointObserves(t *testing.T) {
	failed := errors.New("no room")
	ring := recording.NewRing(64)
	for _, o := range []lahja.Observation{
		{Kind: lahja.Connected, Peer: "b", PeerInstance: 9, Types: []lahja.EventType{{Name: "T"}, {Name: "U"}}},
		{Kind: lahja.SubscriptionStarted, Event: "T", Shape: 1},
		seen(lahja.EventSent, 3),
		{Kind: lahja.EventReceived, Peer: "b", Event: "U", ID: lahja.EventID{Instance: 9, Sequence: 4}, Answers: lahja.EventID{Instance: 7, Sequence: 3}, Size: 5},
		{Kind: lahja.EventDropped, Peer: "b", Event: "T", ID: lahja.EventID{Instance: 7, Sequence: 5}, Outgoing: true, Err: failed},
		{Kind: lahja.RequestEnded, Peer: "b", Event: "T", ID: lahja.EventID{Instance: 7, Sequence: 3}, Answer: lahja.EventID{Instance: 9, Sequence: 4}, AnswerEvent: "U", Took: time.Millisecond},
		{Kind: lahja.EventHandled, Peer: "b", Event: "U", ID: lahja.EventID{Instance: 9, Sequence: 4}, Took: time.Second, Err: failed},
	} {
		o.Time = time.Time{} // The ring reads the clock.
		ring.Observe(o)
	}
	ring.StepEnded(2, 5, time.Millisecond, failed)
	ring.Fault("crashes")
	want := []recording.Entry{
		{Kind: recording.Connected, Peer: "b", ID: recording.ID{Instance: 9}, Text: "T, U"},
		{Kind: recording.Subscribed, Event: "T"},
		{Kind: recording.Sent, Endpoint: "a", Peer: "b", Event: "T", ID: recording.ID{Instance: 7, Sequence: 3}, Size: 10},
		{Kind: recording.Received, Peer: "b", Event: "U", ID: recording.ID{Instance: 9, Sequence: 4}, Answers: recording.ID{Instance: 7, Sequence: 3}, Size: 5},
		{Kind: recording.Dropped, Peer: "b", Event: "T", ID: recording.ID{Instance: 7, Sequence: 5}, Outgoing: true, Error: "no room"},
		{Kind: recording.Answered, Peer: "b", Event: "T", ID: recording.ID{Instance: 7, Sequence: 3}, Answers: recording.ID{Instance: 9, Sequence: 4}, Text: "U", Took: time.Millisecond},
		{Kind: recording.Handled, Peer: "b", Event: "U", ID: recording.ID{Instance: 9, Sequence: 4}, Took: time.Second, Error: "no room"},
		{Kind: recording.StepEnded, Step: 2, Serial: 5, Took: time.Millisecond, Error: "no room"},
		{Kind: recording.Fault, Text: "crashes"},
	}
	got := ring.Read()
	if len(got.Entries) != len(want) || got.Lost != 0 {
		t.Fatalf("got %d entries, %d lost, want %d", len(got.Entries), got.Lost, len(want))
	}
	for i, e := range got.Entries {
		if e.At < 0 || e.At > time.Minute {
			t.Errorf("entry %d is at %v", i, e.At)
		}
		if e.At = 0; e != want[i] {
			t.Errorf("entry %d is\n%+v, want\n%+v", i, e, want[i])
		}
	}
}

func TestRingKeepsTheLastRecords(t *testing.T) {
	ring := recording.NewRing(16)
	for n := range 100 {
		ring.StepEnded(n, n, 0, nil)
	}
	got := ring.Read()
	if got.Lost != 84 || len(got.Entries) != 16 || got.Entries[0].Step != 84 || got.Entries[15].Step != 99 {
		t.Errorf("got %d lost and %+v, want the steps from 84 to 99", got.Lost, got.Entries)
	}
}

func TestRingJoinsEventsThatFollowOn(t *testing.T) {
	ring := recording.NewRing(64)
	now := time.Now()
	at := func(kind lahja.ObservationKind, sequence uint64, after time.Duration, change ...func(*lahja.Observation)) {
		o := seen(kind, sequence)
		o.Time = now.Add(after)
		for _, c := range change {
			c(&o)
		}
		ring.Observe(o)
	}
	for n := range uint64(5) {
		at(lahja.EventReceived, n+1, 0)
		at(lahja.EventHandled, n+1, 0)
	}
	at(lahja.EventReceived, 7, 0)                                                                // not the next number
	at(lahja.EventReceived, 8, 5*time.Millisecond)                                               // later
	at(lahja.EventReceived, 9, 5*time.Millisecond, func(o *lahja.Observation) { o.Event = "U" }) // of another type
	at(lahja.EventReceived, 10, 5*time.Millisecond, func(o *lahja.Observation) { o.Peer = "c" }) // of another peer
	at(lahja.EventReceived, 11, 5*time.Millisecond)
	at(lahja.Disconnected, 0, 5*time.Millisecond)
	at(lahja.EventReceived, 12, 5*time.Millisecond) // over another connection
	at(lahja.EventHandled, 6, 0, func(o *lahja.Observation) { o.Err = errors.New("failed") })
	var got []string
	for _, e := range ring.Read().Entries {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Peer, e.Event, e.ID.Sequence, "x", e.Count, " ", e.Size))
	}
	want := "received bT1x5 50, received bT7x0 10, handled bT1x5 50, handled bT6x0 10, received bT8x0 10, received bU9x0 10, received cT10x0 10, received bT11x0 10, disconnected bT0x0 10, received bT12x0 10"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestRingOfManyTexts(t *testing.T) {
	ring := recording.NewRing(64)
	for n := range 200 {
		ring.Fault(fmt.Sprintf("%d %s", n, strings.Repeat("x", 5000)))
	}
	got := ring.Read().Entries
	if len(got) != 64 || !strings.Contains(got[63].Text, "more texts") {
		t.Errorf("got %d entries, the last one %q; want one that says that there was no room", len(got), got[len(got)-1].Text)
	}
}

func TestRingIsSafeForConcurrentUse(t *testing.T) {
	ring := recording.NewRing(128)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for n := range 1000 {
				o := seen(lahja.EventSent, uint64(n*7+1))
				o.Peer = fmt.Sprint("peer", g)
				ring.Observe(o)
				ring.StepEnded(g, n, 0, nil)
			}
		})
	}
	for range 20 {
		_ = ring.Read()
	}
	all.Wait()
	if got := ring.Read(); len(got.Entries) != 128 || got.Lost != 8000-128 {
		t.Errorf("got %d entries and %d lost, want 128 and %d", len(got.Entries), got.Lost, 8000-128)
	}
}

func TestRingThatIsUsedAgainHasNothingOfTheFirstRun(t *testing.T) {
	first := recording.NewRing(recording.DefaultRecords)
	first.Fault("of the first run")
	first.Reuse()
	first.Fault("late")
	for range 3 {
		ring := recording.NewRing(recording.DefaultRecords)
		ring.StepEnded(1, 1, 0, nil)
		if got := ring.Read().Entries; len(got) != 1 || got[0].Kind != recording.StepEnded {
			t.Errorf("got %+v, want one step", got)
		}
	}
	if got := first.Read(); len(got.Entries) != 0 {
		t.Errorf("the first one has %+v", got)
	}
}

func TestNilRingTakesNothing(t *testing.T) {
	var ring *recording.Ring
	ring.Observe(seen(lahja.EventSent, 1))
	ring.StepEnded(1, 1, 0, nil)
	ring.Fault("crashes")
	ring.Reuse()
	if err := errors.Join(ring.CloseFile(), ring.Close()); err != nil || ring.File() != nil || len(ring.Read().Entries) != 0 {
		t.Errorf("it holds something: %v", err)
	}
}

func BenchmarkObserve(b *testing.B) {
	for _, joined := range []bool{true, false} {
		b.Run(fmt.Sprintf("joined=%v", joined), func(b *testing.B) {
			ring := recording.NewRing(recording.DefaultRecords)
			o := seen(lahja.EventReceived, 1)
			for b.Loop() {
				ring.Observe(o)
				if o.ID.Sequence++; !joined {
					o.ID.Sequence++
				}
			}
		})
	}
}

// toAll is an event that was sent to several peers.
func toAll(sequence uint64, at time.Time, peers ...string) lahja.Observation {
	o := seen(lahja.EventSent, sequence)
	o.Time, o.Peer, o.Peers = at, "", peers
	return o
}

// sentTo are the entries of a ring in short.
func sentTo(ring *recording.Ring) string {
	var got []string
	for _, e := range ring.Read().Entries {
		got = append(got, fmt.Sprint(e.Kind, " ", e.Peer, e.ID.Sequence, "x", e.Count, " ", e.Size))
	}
	return strings.Join(got, ", ")
}

func TestRingTakesOneRecordOfAnEventForSeveral(t *testing.T) {
	ring, now := recording.NewRing(8), time.Now()
	ring.Observe(toAll(1, now, "b", "c"))
	ring.Observe(toAll(2, now, "b", "c"))
	ring.Observe(seen(lahja.EventSent, 3))
	ring.Observe(toAll(4, now, "b", "c", "d"))
	ring.Observe(toAll(5, now, "b", "c"))
	ring.Observe(lahja.Observation{Kind: lahja.Disconnected, Peer: "c", Time: now})
	ring.Observe(toAll(6, now, "b", "c"))
	want := "sent b1x2 20, sent c1x2 20, sent b3x0 10, sent b4x0 10, sent c4x0 10, sent d4x0 10, sent b5x0 10, sent c5x0 10, disconnected c0x0 0, sent b6x0 10, sent c6x0 10"
	if got := sentTo(ring); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if lost := ring.Read().Lost; lost != 0 {
		t.Errorf("%d records were lost of 6", lost)
	}
}

func TestRingTakesEachPeerOfTooManySets(t *testing.T) {
	const first, most = 2, 200
	ring, now, names := recording.NewRing(1<<15), time.Now(), []string{}
	for n := range most {
		names = append(names, fmt.Sprint("peer", n))
	}
	want := 0
	for n := first; n <= most; n++ {
		ring.Observe(toAll(uint64(2*n), now, slices.Clone(names[:n])...))
		want += n
	}
	ring.Fault("is there still room")
	got := ring.Read()
	if len(got.Entries) != want+1 || got.Lost != 0 {
		t.Fatalf("got %d entries, %d lost, want %d", len(got.Entries), got.Lost, want+1)
	}
	for n, i := first, 0; n <= most; n++ {
		for k := range n {
			if e := got.Entries[i]; e.ID.Sequence != uint64(2*n) || e.Peer != names[k] {
				t.Fatalf("entry %d is %+v, want the event %d for %s", i, e, 2*n, names[k])
			}
			i++
		}
	}
	if e := got.Entries[want]; e.Text != "is there still room" {
		t.Errorf("the sets left no room for other texts: %+v", e)
	}
}
