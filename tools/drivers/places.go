package drivers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/engine"
)

// On demands a machine that has all these labels, such as "zone=a" or "os=linux", and returns the
// driver. Machines have "os=…" and "arch=…" in Go's names; hosts and agents add "host=…", and agents
// what they were given. Where there is no such machine, the scenario is unsupported.
func (d *Driver) On(labels ...string) *Driver {
	d.on = append(d.on, labels...)
	return d
}

// Apart returns the scenario with the demand that no two of these drivers share a machine. With
// none it means all drivers. Where there are too few machines, the scenario is unsupported.
func (s Scenario) Apart(drivers ...string) Scenario {
	s.apart = append(slices.Clone(s.apart), drivers)
	return s
}

// Together returns the scenario with the demand that these drivers share a machine. With none it
// means all drivers. An engine with one machine always meets it.
func (s Scenario) Together(drivers ...string) Scenario {
	s.together = append(slices.Clone(s.together), drivers)
	return s
}

// Places is where the scenario's drivers have to be.
func (s Scenario) Places(all []*Driver) engine.Places {
	p := engine.Places{Apart: orAll(s.apart, all), Together: orAll(s.together, all)}
	for _, d := range all {
		if len(d.on) > 0 {
			if p.On == nil {
				p.On = map[string][]string{}
			}
			p.On[d.name] = d.on
		}
	}
	return p
}

// orAll puts the names of all drivers into empty groups.
func orAll(groups [][]string, all []*Driver) [][]string {
	groups = slices.Clone(groups)
	for i, group := range groups {
		if len(group) == 0 {
			groups[i] = names(all)
		}
	}
	return groups
}

func names(all []*Driver) []string {
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.name
	}
	return names
}

// vetPlaces finds demands that nothing can meet.
func (s Scenario) vetPlaces(all []*Driver) (problems []error) {
	p := s.Places(all)
	if p.IsZero() {
		return nil
	}
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	known := map[string]bool{}
	for _, d := range all {
		known[d.name] = true
		if slices.Contains(d.on, "") {
			complain("driver %s must be on a machine with an empty label; labels look like \"zone=a\"", d.name)
		}
	}
	for call, groups := range map[string][][]string{"Apart": p.Apart, "Together": p.Together} {
		for _, group := range groups {
			for _, name := range group {
				if !known[name] {
					complain("%s names driver %q, and there is none%s", call, name, near.Name(name, maps.Keys(known)))
				}
			}
			if len(group) == 1 {
				complain("%s names driver %s alone; it needs two", call, group[0])
			}
		}
	}
	for _, apart := range p.Apart {
		for _, together := range p.Together {
			both := slices.DeleteFunc(slices.Clone(apart), func(name string) bool { return !slices.Contains(together, name) })
			if len(both) > 1 {
				complain("drivers %s and %s must be apart and together", both[0], both[1])
			}
		}
	}
	return problems
}
