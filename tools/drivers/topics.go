package drivers

import (
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/internal/childmark"
)

// Topics are the functions that make the scenarios of each topic, by its name. The names of
// its scenarios begin with that and a slash.
type Topics map[string][]func() []Scenario

// All returns the scenarios of all topics, in the order of their names. A driver's process
// runs one scenario, and there All returns those of its topic alone, if it is one of t: to make
// hundreds takes longer than most drivers run.
func (t Topics) All() []Scenario {
	own, _, child := strings.Cut(childmark.Scenario, "/")
	var all []Scenario
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if child && name != own {
			continue
		}
		for _, table := range t[name] {
			all = append(all, table()...)
		}
	}
	return all
}
