package explore_test

import (
	"slices"
	"strings"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

// Parcel is what two drivers send at once.
type Parcel struct{ N int }

func (Parcel) EventName() string { return "test/parcel" }

// race is between a and b; its invariants look at who arrives first.
var race = d.Case("invariants/race", "parcels of two senders arrive in any order",
	d.New(d.ServeEndpoint("depot"), d.Collect[Parcel](2)),
	d.New(d.RunEndpoint("a"), d.ConnectToEndpoints("depot"), d.WaitAnyThenBroadcast(Parcel{N: 1})),
	d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("depot"), d.WaitAnyThenBroadcast(Parcel{N: 2})))

// first is who sent the parcel that arrived first.
func first(run *recording.Run) string {
	i := slices.IndexFunc(run.Entries, func(e recording.Entry) bool { return e.Kind == recording.Received && e.Event == "test/parcel" })
	if i < 0 {
		return ""
	}
	return run.Entries[i].Peer
}

func firstIs(name string) invariants.Invariant {
	return invariants.Sometimes(name+" is first", func(run *recording.Run) bool { return first(run) == name })
}

func TestSometimesIsCountedOverAllSchedules(t *testing.T) {
	s := race
	s.Invariants = append(invariants.Bus(), firstIs("a"), firstIs("b"), firstIs("c"))
	r, err := explore.Scenario(t.Context(), s, explore.Options{Schedules: 200, Workers: -1})
	if err != nil || len(r.Failures) > 0 {
		t.Fatalf("got %v, %v", r, err)
	}
	a, b := r.Invariants["a is first"], r.Invariants["b is first"]
	if a.Held == 0 || b.Held == 0 || a.Held+a.Unseen != r.Schedules || !slices.Equal(r.Invariants.Never(), []string{"c is first"}) {
		t.Errorf("got %v in %d schedules", r.Invariants, r.Schedules)
	}
	if !strings.Contains(r.String(), "in no schedule: c is first") {
		t.Errorf("got %s", r)
	}
}

func TestBrokenInvariantIsOneCause(t *testing.T) {
	s := race
	s.Invariants = []invariants.Invariant{invariants.Func("a is always first", func(run *recording.Run) error {
		if who := first(run); who != "a" {
			return invariants.BrokenBy(run.Entries[:1], "%s was first, by %v", who, run.Outcome.Elapsed)
		}
		return nil
	})}
	r, err := explore.Scenario(t.Context(), s, explore.Options{Schedules: 200, Workers: -1, KeepGoing: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Failures) != 1 || r.Failures[0].Cause != "invariant, broken: a is always first" || r.Failures[0].Diverged != "" {
		t.Errorf("got %s", r)
	}
}
