package drivers

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agext/levenshtein"
)

// Hints says what looks like a slip in the plan of a scenario that failed: an
// endpoint that is waited for and that no driver has, or one that is connected to
// and does not listen. Neither is a mistake by itself, as functions of drivers may
// open endpoints too, and what stands under Throws is left out.
func Hints(all []*Driver) []string {
	listens, strangers := map[string]bool{}, map[string]bool{}
	for _, d := range all {
		if name := d.Endpoint(); name != "" {
			listens[name] = d.initializer.listens
		} else {
			strangers[d.name] = true // A bare connection may call itself like its driver.
		}
	}
	var hints []string
	for _, d := range all {
		visitMeant(d.actions, func(a *action) {
			for _, name := range a.peers {
				at := fmt.Sprintf("%s of driver %s (%s)", limit(a.String(), maxArg), d.name, a.source)
				switch serving, known := listens[name]; {
				case strangers[name]:
				case !known:
					hints = append(hints, fmt.Sprintf("%s names endpoint %q, which no driver opens%s", at, name, nearTo(name, listens)))
				case a.connects && !serving:
					hints = append(hints, fmt.Sprintf("%s connects to %q, which does not listen: begin its driver with ServeEndpoint", at, name))
				}
			}
		})
	}
	return hints
}

// visitMeant calls visit for every action of this package that is not meant to
// fail.
func visitMeant(actions []Action, visit func(a *action)) {
	for _, a := range actions {
		own, ok := a.(*action)
		if ok && own.expectsFailure {
			continue
		}
		if ok {
			visit(own)
		}
		visitMeant(innerOf(a), visit)
	}
}

// nearTo names the endpoint that is most like a name that none has.
func nearTo(name string, known map[string]bool) string {
	best, likeness := "", 0.5
	for candidate := range known {
		like := levenshtein.Match(name, candidate, nil)
		if like > likeness || like == likeness && cmp.Less(candidate, best) {
			best, likeness = candidate, like
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; near to it: %q", best)
}

// naming notes the endpoints that an action names.
func (a *action) naming(names ...string) *action {
	a.peers = slices.Clone(names)
	return a
}
