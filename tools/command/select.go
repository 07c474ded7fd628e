package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	// Maintained, MIT, no dependencies, and knows [ab] and {a,b}.
	"github.com/bmatcuk/doublestar/v4"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/workers"
	"github.com/lahja/go-lahja/tools/runner"
)

// everything returns the suites' scenarios, and the built-in engines with the suites' own,
// each once.
func everything(suites []runner.Suite) ([]drivers.Scenario, []engine.Engine) {
	var scenarios []drivers.Scenario
	engines := runner.Engines()
	for _, s := range suites {
		scenarios = appendNew(scenarios, s.Scenarios, func(s drivers.Scenario) string { return s.Name })
		engines = appendNew(engines, slices.Concat(s.Engines, s.Further), engine.Engine.Name)
	}
	return scenarios, engines
}

// unlessNamed leaves out the engines on which something runs only if they are named.
func unlessNamed(suites []runner.Suite, engines []engine.Engine) []engine.Engine {
	return slices.DeleteFunc(slices.Clone(engines), func(e engine.Engine) bool { return isFurther(suites, e) })
}

// isFurther reports whether an engine is one of those.
func isFurther(suites []runner.Suite, e engine.Engine) bool {
	return slices.ContainsFunc(suites, func(s runner.Suite) bool {
		return slices.ContainsFunc(s.Further, func(further engine.Engine) bool { return further.Name() == e.Name() })
	})
}

// find returns the one scenario and the one engine of these names.
func find(suites []runner.Suite, scenario, engineName string) (workers.Cell, error) {
	scenarios, engines := everything(suites)
	s := slices.IndexFunc(scenarios, func(s drivers.Scenario) bool { return s.Name == scenario })
	e := slices.IndexFunc(engines, func(e engine.Engine) bool { return e.Name() == engineName })
	if s < 0 || e < 0 {
		return workers.Cell{}, fmt.Errorf("this process has no scenario %q or no engine %q: declare the same ones every time that the program starts", scenario, engineName)
	}
	return workers.Cell{Scenario: scenarios[s], Engine: engines[e], Known: known(suites, scenarios[s], engines[e])}, nil
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

// selection says which scenarios and engines to run.
type selection struct {
	Names    []string `arg:"" optional:"" name:"scenario" help:"Run the scenarios with these names. A topic, such as close, stands for all its scenarios; globs may have *, ?, [ab] and {a,b}. Default: all."`
	Scenario []string `help:"The same as a flag (repeatable)." placeholder:"GLOB" sep:"none"`
	Skip     []string `help:"Leave out the scenarios that match this glob (repeatable)." placeholder:"GLOB" sep:"none"`
	Label    []string `help:"Run the scenarios with this label (repeatable: with any of them). !LABEL leaves out those that have it." placeholder:"LABEL" sep:"none"`
	Engine   []string `help:"Run on the engines that match this glob (repeatable). Default: all, except those that --list marks." placeholder:"GLOB" sep:"none"`
	Failed   bool     `help:"Run only what failed the last time that it ran."`

	// only has the cells to run, by scenario and engine; nil means all.
	only map[[2]string]bool
}

// part reports whether it chooses only some scenarios.
func (c *selection) part() bool {
	return len(c.Names)+len(c.Scenario)+len(c.Skip)+len(c.Label) > 0 || c.Failed
}

// choose returns the selected scenarios and engines.
func (c *selection) choose(scenarios []drivers.Scenario, engines []engine.Engine) ([]drivers.Scenario, []engine.Engine, error) {
	name := func(s drivers.Scenario) string { return s.Name }
	chosen, err := selectNamed("scenario", scenarios, name, slices.Concat(c.Names, c.Scenario))
	if err == nil {
		chosen, err = labelled(chosen, c.Label)
	}
	if err == nil && len(c.Skip) > 0 {
		var skipped []drivers.Scenario
		skipped, err = selectNamed("scenario", scenarios, name, c.Skip)
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(s drivers.Scenario) bool {
			return slices.ContainsFunc(skipped, func(skip drivers.Scenario) bool { return skip.Name == s.Name })
		})
	}
	if err == nil {
		engines, err = selectNamed("engine", engines, engine.Engine.Name, c.Engine)
	}
	if err == nil && c.Failed {
		chosen, engines, err = c.lastFailed(chosen, engines)
	}
	return chosen, engines, err
}

// lastFailed leaves those that failed the last time.
func (c *selection) lastFailed(scenarios []drivers.Scenario, engines []engine.Engine) ([]drivers.Scenario, []engine.Engine, error) {
	last, err := readFailed()
	if err != nil {
		return nil, nil, err
	}
	c.only = map[[2]string]bool{}
	failedOn := func(s drivers.Scenario, e engine.Engine) bool {
		cell := [2]string{s.Name, e.Name()}
		c.only[cell] = last[cell]
		return last[cell]
	}
	var with []drivers.Scenario
	on := map[string]bool{}
	for _, s := range scenarios {
		some := false
		for _, e := range engines {
			if failedOn(s, e) {
				some, on[e.Name()] = true, true
			}
		}
		if some {
			with = append(with, s)
		}
	}
	if len(with) == 0 {
		return nil, nil, errors.New("of these, nothing failed the last time that it ran; without --failed, all of them run")
	}
	engines = slices.DeleteFunc(slices.Clone(engines), func(e engine.Engine) bool { return !on[e.Name()] })
	return with, engines, nil
}

// labelled returns the scenarios with any of the labels, and without those after a !. A
// label that no scenario has is an error.
func labelled(all []drivers.Scenario, labels []string) ([]drivers.Scenario, error) {
	var known, with, without []string
	for _, s := range all {
		known = append(known, s.Labels...)
	}
	for _, label := range labels {
		name, not := strings.CutPrefix(label, "!")
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no scenario has the label %q%s; run --list --json shows all", name, near.Names(name, known))
		}
		if not {
			without = append(without, name)
		} else {
			with = append(with, name)
		}
	}
	hasAny := func(s drivers.Scenario, labels []string) bool {
		return slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(s.Labels, l) })
	}
	return slices.DeleteFunc(slices.Clone(all), func(s drivers.Scenario) bool {
		return len(with) > 0 && !hasAny(s, with) || hasAny(s, without)
	}), nil
}

// selectNamed returns those of all whose names match one of the patterns, or all if there are
// no patterns. A pattern that matches nothing is an error that lists near names.
func selectNamed[T any](kind string, all []T, name func(T) string, patterns []string) ([]T, error) {
	if len(patterns) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range patterns {
		if !doublestar.ValidatePattern(pattern) {
			return nil, fmt.Errorf("%q is no pattern: it may have *, ?, [ab] and {a,b}", pattern)
		}
		matched := false
		for i, one := range all {
			if matches(pattern, name(one)) {
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

// matches reports whether a name, or its topic, matches a pattern, in which * stands for any
// text, slashes included.
func matches(pattern, name string) bool {
	whole := func(name string) bool {
		// To the library a slash ends what * stands for.
		plain := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
		return name == pattern || doublestar.MatchUnvalidated(plain(pattern), plain(name))
	}
	topic, _, _ := strings.Cut(name, "/")
	return whole(name) || whole(topic)
}
