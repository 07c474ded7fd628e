package scenarios

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
)

// byCause is the names of the scenarios, in the order of ByCause. A test of package
// tools/conform/saboteurs computes it from what each defect makes fail.
//
//go:embed bycause.txt
var byCause string

// ByCause returns the scenarios in an order in which the first failure names the rule
// that is broken. Those of the transport alone come first. Then comes whatever fails for
// few other reasons than its own rule, and last what rests on everything else. Scenarios
// of other packages come after all of these, in the order in which they are given.
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
