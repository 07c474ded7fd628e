package command

import (
	"fmt"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// everything returns the suites' scenarios, and the built-in engines with the suites' own,
// each once.
func everything(suites []runner.Suite) ([]drivers.Scenario, []engine.Engine) {
	var scenarios []drivers.Scenario
	engines := runner.Engines()
	for _, s := range suites {
		scenarios = appendNew(scenarios, s.Scenarios, func(s drivers.Scenario) string { return s.Name })
		engines = appendNew(engines, s.Engines, engine.Engine.Name)
	}
	return scenarios, engines
}

// appendNew appends those whose name is new. Dispatch refuses two different ones with the same
// name.
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

// selectNamed returns those of all whose names match one of the patterns, or all if there
// are no patterns. In a pattern * stands for any text and ? for any
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
			return nil, fmt.Errorf("no %s is named %q%s; run --list shows all", kind, pattern, near.Names(pattern, names))
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
