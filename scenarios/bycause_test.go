package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
)

func TestTransportComesFirstAndNothingIsLost(t *testing.T) {
	all := append([]drivers.Scenario{{Name: "mine/first"}, {Name: "mine/second"}}, scenarios.All()...)
	ordered := names(scenarios.ByCause(all))
	if first := ordered[0]; !strings.HasPrefix(first, "transport/") {
		t.Errorf("%s comes first, want one of the transport alone", first)
	}
	if last := ordered[len(ordered)-2:]; !slices.Equal(last, []string{"mine/first", "mine/second"}) {
		t.Errorf("%v come last, want those of somebody else", last)
	}
	if before, after := slices.Sorted(slices.Values(names(all))), slices.Sorted(slices.Values(ordered)); !slices.Equal(before, after) {
		t.Errorf("got %v, want the same scenarios as %v", after, before)
	}
}

func names(all []drivers.Scenario) (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}
