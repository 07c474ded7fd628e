package command

import (
	"fmt"
	"sort"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// everything is all that can be run: the suites' scenarios, and the built-in
// engines with the suites' own, each once.
func everything(suites []runner.Suite) ([]drivers.Scenario, []engine.Engine) {
	var scenarios []drivers.Scenario
	engines := runner.Engines()
	for _, s := range suites {
		scenarios = appendNew(scenarios, s.Scenarios, func(s drivers.Scenario) string { return s.Name })
		engines = appendNew(engines, s.Engines, engine.Engine.Name)
	}
	return scenarios, engines
}

// appendNew appends those whose name is not there yet; Dispatch has seen to it that
// they are not others of the same name.
func appendNew[T any](all, more []T, name func(T) string) []T {
	known := map[string]bool{}
	for _, one := range all {
		known[name(one)] = true
	}
	for _, one := range more {
		if !known[name(one)] {
			known[name(one)] = true
			all = append(all, one)
		}
	}
	return all
}

// selectNamed returns those of all whose names match one of the patterns, or all
// where there is no pattern. In a pattern * stands for any text and ? for any
// character. A pattern that matches nothing is an error that lists near names.
func selectNamed[T any](kind string, all []T, name func(T) string, patterns []string) ([]T, error) {
	if len(patterns) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range patterns {
		expression := glob.Compile(pattern)
		matched := false
		for i, one := range all {
			if expression.MatchString(name(one)) {
				chosen[i], matched = true, true
			}
		}
		if !matched {
			names := make([]string, len(all))
			for i, one := range all {
				names[i] = name(one)
			}
			return nil, fmt.Errorf("no %s is named %q; near to it: %s (run --list shows all)", kind, pattern, strings.Join(nearest(pattern, names), ", "))
		}
	}
	var selected []T
	for i, one := range all {
		if chosen[i] {
			selected = append(selected, one)
		}
	}
	return selected, nil
}

// nearest returns the three names that are most like the pattern.
func nearest(pattern string, names []string) []string {
	pattern = strings.Trim(pattern, "*?")
	params := levenshtein.NewParams().BonusPrefix(8).BonusThreshold(0)
	near := append([]string(nil), names...)
	sort.SliceStable(near, func(i, j int) bool {
		return likeness(pattern, near[i], params) > likeness(pattern, near[j], params)
	})
	return near[:min(3, len(near))]
}

// likeness is between 0 and 2: a name that contains the pattern is nearer than
// any that does not.
func likeness(pattern, name string, params *levenshtein.Params) float64 {
	like := levenshtein.Match(pattern, name, params)
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("/-+,", r) }) {
		like = max(like, levenshtein.Match(pattern, part, params))
	}
	if strings.Contains(name, pattern) {
		like++
	}
	return like
}
