package invariants_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// large is a run of a server and 9 clients with 100,000 entries: events that each have entries of
// their own, to the server and from it, and waits that each subscribe anew.
func large() *recording.Run {
	run := &recording.Run{Header: recording.Header{Drivers: []recording.Driver{{Name: "server", Endpoint: "server"}}}}
	add := func(driver int, kind recording.Kind, from int, to string, n uint64, sub int) {
		run.Entries = append(run.Entries, recording.Entry{At: time.Duration(len(run.Entries)) * time.Microsecond, Driver: driver, Kind: kind,
			Event: "shop.Order", Peer: to, ID: recording.ID{Instance: uint64(from + 1), Sequence: n}, Subscription: sub})
	}
	names := []string{"server"}
	for c := 1; c < 10; c++ {
		names = append(names, string(rune('a'+c)))
		run.Drivers = append(run.Drivers, recording.Driver{Name: names[c], Endpoint: names[c]})
	}
	add(0, recording.Subscribed, 0, "", 0, 1)
	for n := uint64(1); len(run.Entries) < 100_000; n++ {
		for c := 1; c < 10; c++ {
			add(c, recording.Sent, c, "server", 2*n, 0)
			add(0, recording.Received, c, names[c], 2*n, 0)
			add(0, recording.Handled, c, names[c], 2*n, 1)
			add(c, recording.Subscribed, c, "", 0, int(n))
			add(0, recording.Sent, 0, names[c], 20*n+2*uint64(c), 0)
			add(c, recording.Received, 0, "server", 20*n+2*uint64(c), 0)
			add(c, recording.Taken, 0, "server", 20*n+2*uint64(c), int(n))
			add(c, recording.Unsubscribed, c, "", 0, int(n))
		}
	}
	return run
}

func BenchmarkBusOver100000Entries(b *testing.B) {
	run := large()
	for b.Loop() {
		for _, o := range invariants.Check(invariants.Bus(), run) {
			if o.Verdict != invariants.Held {
				b.Fatalf("%s: %s: %s", o.Name, o.Verdict, o.Reason)
			}
		}
	}
}

// TestChecksAreNotQuadratic has ten times as many entries take less than forty times as long.
func TestChecksAreNotQuadratic(t *testing.T) {
	all := large()
	few := *all
	few.Entries = all.Entries[:len(all.Entries)/10]
	took := func(run *recording.Run) time.Duration {
		best := time.Hour
		for range 5 {
			began := time.Now()
			invariants.Check(invariants.Bus(), run)
			best = min(best, time.Since(began))
		}
		return best
	}
	if a, b := took(&few), took(all); b > 40*a {
		t.Errorf("%d entries took %v and %d took %v", len(few.Entries), a, len(all.Entries), b)
	}
}
