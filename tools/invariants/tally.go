package invariants

import (
	"maps"
	"slices"
)

// Tally counts the outcomes of invariants over many runs, by name. It encodes as JSON, so that
// processes can count their own runs. The zero value is an empty one that can be merged, but
// not added to; make one with make.
type Tally map[string]Count

// Count is how often an invariant had each outcome.
type Count struct {
	Held      int `json:"held,omitempty"`
	Broken    int `json:"broken,omitempty"`
	Undecided int `json:"undecided,omitempty"`
	Unseen    int `json:"unseen,omitempty"`
}

// Add counts the outcomes of one run.
func (t Tally) Add(run []Outcome) {
	for _, o := range run {
		c := t[o.Name]
		switch o.Verdict {
		case Held:
			c.Held++
		case Broken:
			c.Broken++
		case Undecided:
			c.Undecided++
		case Unseen:
			c.Unseen++
		}
		t[o.Name] = c
	}
}

// Merge adds the counts of other runs.
func (t Tally) Merge(other Tally) {
	for name, n := range other {
		c := t[name]
		t[name] = Count{c.Held + n.Held, c.Broken + n.Broken, c.Undecided + n.Undecided, c.Unseen + n.Unseen}
	}
}

// Never returns the names of what was to happen sometimes and was not seen in any run (see
// Sometimes), sorted.
func (t Tally) Never() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if c := t[name]; c.Unseen > 0 && c.Held == 0 {
			names = append(names, name)
		}
	}
	return names
}
