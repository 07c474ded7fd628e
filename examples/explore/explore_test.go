package explore_test

import (
	"strings"
	"testing"

	example "github.com/lahja/go-lahja/examples/explore"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	for _, b := range example.Bugs {
		explore.Dispatch(b.Broken, b.Fixed)
	}
	runner.Main(m, nil)
}

// replays is how often each schedule is run again, each time in another process.
func replays() int {
	if testing.Short() {
		return 2
	}
	return 20
}

// TestBugsAreFound explores each service with its bug until it fails, and runs the schedule
// again. In its default order the bug does not show.
func TestBugsAreFound(t *testing.T) {
	for _, b := range example.Bugs {
		t.Run(b.Broken.Name, func(t *testing.T) {
			r, err := explore.Scenario(t.Context(), b.Broken, explore.Options{})
			if err != nil || len(r.Failures) != 1 {
				t.Fatalf("want a failure, got %v, %v", r, err)
			}
			f := r.Failures[0]
			t.Logf("found after %d, a schedule of the kind %s; shrunk from %d to %d in %d runs", f.After, f.Kind, f.ShrunkFrom, len(f.Plan.Departures), f.ShrunkIn)
			if n := len(f.Plan.Departures); f.Diverged != "" || n == 0 || n > 10 || f.ShrunkIn > 200 {
				t.Errorf("want a schedule that can be repeated and departs from the default one 1 to 10 times, found in 200 runs, got %v", f)
			}
			for range replays() {
				again, err := explore.Replay(t.Context(), b.Broken, f.Plan, explore.Options{})
				if err != nil || again.Cause != f.Cause {
					t.Fatalf("the replay came to %v, %v", again, err)
				}
			}
		})
	}
}

// TestFixedVersionsHold explores the services without their bugs.
func TestFixedVersionsHold(t *testing.T) {
	o := explore.Options{}
	if testing.Short() {
		o.Schedules = 100
	}
	for _, b := range example.Bugs {
		t.Run(b.Fixed.Name, func(t *testing.T) { explore.Test(t, b.Fixed, o) })
	}
}

// TestOrdinaryRunsPass pins that a plain test would mostly pass, bug or not. Who is unlucky
// enough can see one fail.
func TestOrdinaryRunsPass(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	for _, b := range example.Bugs {
		t.Run(b.Broken.Name, func(t *testing.T) {
			if missing := engine.Missing(memory, b.Broken.Needs); len(missing) > 0 {
				t.Skipf("no ordinary run has its faults: %v", missing)
			}
			passed := 0
			for range 20 {
				if r := (&runner.Runner{Engine: memory}).Run(t.Context(), b.Broken); r.Verdict == runner.Passed {
					passed++
				}
			}
			t.Logf("%d of 20 passed", passed)
			if passed <= 5 {
				t.Errorf("%d of 20 runs passed; a bug that shows by itself need not be looked for", passed)
			}
		})
	}
}

// TestStarvationsNeedPriorities pins that schedules with priorities find what random ones do
// not: somebody who gets no turn for long.
func TestStarvationsNeedPriorities(t *testing.T) {
	for _, b := range example.Bugs {
		if !strings.Contains(b.Broken.Name, "/impatient-") {
			continue
		}
		t.Run(b.Broken.Name, func(t *testing.T) {
			for kind, want := range map[explore.Kind]int{explore.Random: 0, explore.PCT2: 1} {
				r, err := explore.Scenario(t.Context(), b.Broken, explore.Options{Kinds: []explore.Kind{kind}, Schedules: 300})
				if err != nil || len(r.Failures) != want {
					t.Errorf("%s: want %d failures, got %v, %v", kind, want, r, err)
				}
			}
		})
	}
}
