package saboteurs_test

import (
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
)

// spared are the scenarios that need not kill a saboteur, each with the reason.
var spared = map[string]string{}

// everyScenarioKills checks that every scenario kills a saboteur in every run, because of its own
// rule. A defect that shows in any scenario does not count.
func everyScenarioKills(t *testing.T, outcome matrix) {
	t.Helper()
	killing := map[string]bool{}
	for _, s := range slices.Concat(saboteurs.All(), saboteurs.OnProcesses()) {
		killing[s.KilledBy] = true
		for _, scenario := range scenarios.All() {
			if !s.Anywhere && outcome[[2]string{scenario.Name, s.Name()}] == kills {
				killing[scenario.Name] = true
			}
		}
	}
	var names []string
	for _, s := range scenarios.All() {
		names = append(names, s.Name)
	}
	for _, complaint := range unproven(names, killing, spared) {
		t.Error(complaint)
	}
}

// unproven returns a complaint for each scenario that kills nothing and is not spared, and for
// each that is spared and kills one.
func unproven(names []string, killing map[string]bool, spared map[string]string) []string {
	var complaints []string
	for _, name := range names {
		_, isSpared := spared[name]
		switch {
		case !killing[name] && !isSpared:
			complaints = append(complaints, name+" kills no saboteur; add one that breaks its rule, or spare the scenario with a reason")
		case killing[name] && isSpared:
			complaints = append(complaints, name+" kills a saboteur; take it out of those that are spared")
		}
	}
	for name, reason := range spared {
		if !slices.Contains(names, name) {
			complaints = append(complaints, name+" is spared, and there is no such scenario; take it out")
		} else if reason == "" {
			complaints = append(complaints, name+" is spared for no reason; say why no saboteur breaks its rule")
		}
	}
	slices.Sort(complaints)
	return complaints
}

func TestUnprovenScenariosAreTold(t *testing.T) {
	names := []string{"proven", "unproven", "spared", "spared and proven", "spared for nothing"}
	killing := map[string]bool{"proven": true, "spared and proven": true}
	spared := map[string]string{"spared": "a reason", "spared and proven": "a reason", "spared for nothing": "", "gone": "a reason"}
	want := []string{
		"gone is spared, and there is no such scenario; take it out",
		"spared and proven kills a saboteur; take it out of those that are spared",
		"spared for nothing is spared for no reason; say why no saboteur breaks its rule",
		"unproven kills no saboteur; add one that breaks its rule, or spare the scenario with a reason",
	}
	if got := unproven(names, killing, spared); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
