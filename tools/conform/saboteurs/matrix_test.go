package saboteurs_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// oneIn says that TestMatrix runs one in so many of the cells that pass: there are more than
// thirty thousand, which take minutes. It runs all cells that fail.
const oneIn = 10

// TestMatrix runs scenarios on saboteurs and compares the results with the page: every cell that
// fails there, and a new random choice of the others each time. To write the page, it runs all
// cells.
func TestMatrix(t *testing.T) {
	if race.Factor > 1 {
		t.Skip("the race detector makes everything so slow that who is faster is another one")
	}
	t.Parallel()
	all, update := saboteurs.All(), os.Getenv(updateVariable) != ""
	said, err := readMatrix(all)
	if err != nil && !update {
		t.Fatalf("the page: %v; %s=1 writes it", err, updateVariable)
	}
	outcome := matrix{}
	if !update {
		outcome = maps.Clone(said) // of the cells that do not run
	}
	for _, c := range runMatrix(t, said, all, update) {
		outcome[c.key] = marks[c.report.Verdict]
		if said[c.key] != outcome[c.key] && !update && canResultIn(t, c, said[c.key]) {
			t.Logf("%s on %s varies: the page says %q, and this run gave %q", c.key[0], c.key[1], said[c.key], outcome[c.key])
			outcome[c.key] = said[c.key]
		}
		if said[c.key] != outcome[c.key] && !update {
			t.Errorf("%s on %s: the page says %q, and this run gave %q\n%s", c.key[0], c.key[1], said[c.key], outcome[c.key], c.report)
		}
	}
	for _, s := range all {
		for _, name := range slices.Concat(s.Sometimes, s.Claims) {
			scenarioNamed(t, name) // there is one
		}
		for _, scenario := range scenarios.All() {
			if !s.Claimed(scenario.Name) {
				outcome[[2]string{scenario.Name, s.Name()}] = sometimes
			}
		}
		if got := outcome[[2]string{s.KilledBy, s.Name()}]; got != kills {
			t.Errorf("%s must be killed by %s, which came to %q", s.Name(), s.KilledBy, got)
		}
	}
	everyScenarioKills(t, outcome)
	compare(t, render(outcome, all), update)
}

// canResultIn reports whether the cell has the page's result in any of nine more runs. Many
// defects show only if a race goes one way, so a few of the ten thousand cells differ in every
// run. The page is wrong only about results that never occur. This does not excuse a saboteur
// that survives: see TestEverySaboteurIsKilled.
func canResultIn(t *testing.T, c *cell, said mark) bool {
	for range 9 {
		again := &cell{engine: c.engine, scenario: c.scenario, key: c.key}
		careful.run(t, []*cell{again})
		if marks[again.report.Verdict] == said {
			return true
		}
	}
	return false
}

// runMatrix runs the cells with a claimed result, except those that pass and were not chosen. Cells
// that mostly wait run first, all at once. The cells that need the processors follow.
func runMatrix(t *testing.T, said matrix, all []saboteurs.Saboteur, update bool) []*cell {
	var fail, rest, wait, work []*cell
	for _, s := range all {
		for _, scenario := range scenarios.All() {
			c := &cell{engine: engine.OnGoroutines(s.Backend), scenario: scenario, key: [2]string{scenario.Name, s.Name()}}
			switch mark := said[c.key]; {
			case !s.Claimed(scenario.Name):
			case mark != passes && mark != unsupported && (mark != "" || scenario.Rests == ""):
				fail = append(fail, c)
			case !update && rand.IntN(oneIn) > 0:
			case scenario.Rests != "":
				rest = append(rest, c)
			case s.Waits || scenario.Name == "connect/gives-up":
				wait = append(wait, c)
			default:
				work = append(work, c)
			}
		}
	}
	failing := waiting
	if update {
		failing = curious
	}
	var both sync.WaitGroup
	both.Go(func() { failing.run(t, fail) })
	both.Go(func() { patient.run(t, wait) })
	both.Go(func() { resting.run(t, rest) })
	both.Wait()
	working.run(t, work)
	return slices.Concat(fail, rest, wait, work)
}

var marks = map[runner.Verdict]mark{runner.Passed: passes, runner.Failed: kills, runner.Unsupported: unsupported}

func compare(t *testing.T, want string, update bool) {
	if update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(page); err != nil || string(have) != want {
		t.Errorf("%s is not what came out (%v); %s=1 writes it", page, err, updateVariable)
	}
}
