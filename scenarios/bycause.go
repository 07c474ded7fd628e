package scenarios

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
)

// byCause has the names of the scenarios, in the order of ByCause. A test of package
// tools/conform/saboteurs computes it from the scenarios that each defect fails.
//
//go:embed bycause.txt
var byCause string

// ByCause returns the scenarios in an order in which the first failure names the broken rule.
// Scenarios of the transport alone come first. Scenarios that fail for few reasons other than their
// own rule follow, and those that depend on everything else come last. Scenarios of other packages
// come after all of these, in the given order.
func ByCause(all []drivers.Scenario) []drivers.Scenario {
	order := map[string]int{}
	for i, name := range strings.Fields(byCause) {
		order[name] = i
	}
	place := func(s drivers.Scenario) int {
		if at, ok := order[s.Name]; ok {
			return at
		}
		return len(order)
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b drivers.Scenario) int { return cmp.Compare(place(a), place(b)) })
}
