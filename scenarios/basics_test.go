package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
)

func TestBasicsComeFirstAndNothingIsLost(t *testing.T) {
	all := scenarios.All()
	ordered := names(scenarios.BasicsFirst(all))
	if first := ordered[0]; !strings.HasPrefix(first, "transport/") {
		t.Errorf("%s comes first, want one of the transport alone", first)
	}
	if before, after := slices.Sorted(slices.Values(names(all))), slices.Sorted(slices.Values(ordered)); !slices.Equal(before, after) {
		t.Errorf("got %v, want the same scenarios as %v", after, before)
	}
	for _, basic := range scenarios.Basics() {
		if !slices.ContainsFunc(ordered, func(n string) bool { return n == basic || strings.HasPrefix(n, basic) && strings.HasSuffix(basic, "/") }) {
			t.Errorf("there is no scenario %s", basic)
		}
	}
}

func names(all []drivers.Scenario) (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}
