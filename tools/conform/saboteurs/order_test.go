package saboteurs_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
)

// orderFile is the file that scenarios.ByCause reads.
const orderFile = "../../../scenarios/bycause.txt"

// TestFirstFailureOfASuiteNamesTheRule pins that the failure that a suite tells you to look at
// first is of the scenario whose rule is broken, or of one that leads to the same place. It reads
// the page, which TestMatrix checks.
func TestFirstFailureOfASuiteNamesTheRule(t *testing.T) {
	all := saboteurs.All()
	said, err := readMatrix(all)
	if err != nil {
		t.Fatal(err)
	}
	kills := killers(all, said)
	order := telling(all, kills)
	text := strings.Join(order, "\n") + "\n"
	if os.Getenv(updateVariable) != "" {
		if err := os.WriteFile(orderFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(orderFile); err != nil || string(have) != text {
		t.Errorf("%s does not have the order that the page gives (%v); %s=1 writes it", orderFile, err, updateVariable)
	}
	for i, s := range all {
		first := slices.IndexFunc(order, func(name string) bool { return kills[i][name] })
		if first < 0 {
			continue
		}
		name := order[first]
		if name != s.KilledBy && !s.Anywhere && !slices.Contains(s.Before, name) {
			t.Errorf("the first failure of a suite on %s is of %s, and should be of %s, whose rule is broken", s.Name(), name, s.KilledBy)
		}
		for _, name := range s.Before {
			if !kills[i][name] {
				t.Errorf("%s passes on %s, and is said to fail before %s", name, s.Name(), s.KilledBy)
			}
		}
	}
}

// killers returns, for each saboteur, the names of the scenarios that fail on it.
func killers(all []saboteurs.Saboteur, m matrix) []map[string]bool {
	sets := make([]map[string]bool, len(all))
	for i, s := range all {
		sets[i] = map[string]bool{}
		for _, scenario := range scenarios.All() {
			if m[[2]string{scenario.Name, s.Name()}] == kills {
				sets[i][scenario.Name] = true
			}
		}
	}
	return sets
}

// telling orders the scenarios. Those of the transport come first. After that, the next one is
// always the one that would be the first failure of the fewest saboteurs that break another rule.
func telling(all []saboteurs.Saboteur, kills []map[string]bool) (order []string) {
	open := map[int]bool{} // the saboteurs on which nothing has failed yet
	for i, s := range all {
		open[i] = !s.Anywhere
	}
	var left []string
	for _, s := range scenarios.All() {
		left = append(left, s.Name)
	}
	take := func(at int) {
		for i := range all {
			open[i] = open[i] && !kills[i][left[at]]
		}
		order = append(order, left[at])
		left = slices.Delete(left, at, at+1)
	}
	for {
		at := slices.IndexFunc(left, func(name string) bool { return strings.HasPrefix(name, "transport/") })
		if at < 0 {
			break
		}
		take(at)
	}
	for len(left) > 0 {
		best, fewest, most := 0, len(all)+1, -1
		for at, name := range left {
			others, own := 0, 0
			for i, s := range all {
				switch {
				case !open[i] || !kills[i][name]:
				case s.KilledBy == name:
					own++
				default:
					others++
				}
			}
			if others == 0 {
				own = 0 // It hides no other rule, so it keeps its place in the order of topics.
			}
			if others < fewest || others == fewest && own > most {
				best, fewest, most = at, others, own
			}
		}
		take(best)
	}
	return order
}
