package runner

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// KnownFailure excuses scenarios that are known to fail on some engines. They run
// all the same: one that passes is a failure, so that the entry goes when its reason
// has gone. What could not be run at all is not excused.
type KnownFailure struct {
	// Scenario and Engine are names, or patterns in which * stands for any text and
	// ? for any character. An empty Engine is every engine.
	Scenario, Engine string
	// Reason says why it fails, for reports.
	Reason string
}

func (k KnownFailure) covers(scenario, engineName string) bool {
	return glob.Match(k.Scenario, scenario) && (k.Engine == "" || glob.Match(k.Engine, engineName))
}

func (k KnownFailure) String() string {
	if k.Engine == "" {
		return k.Scenario
	}
	return k.Scenario + " on " + k.Engine
}

// CheckKnown fails for every entry without a reason, and for every one that matches
// nothing which these engines can run: it would excuse nothing, and hide that.
func CheckKnown(known []KnownFailure, scenarios []drivers.Scenario, engines []engine.Engine) error {
	var problems []error
	for i, k := range known {
		if k.Reason == "" {
			problems = append(problems, fmt.Errorf("the known failure %s says no reason; give it one", k))
		}
		if !excusesAny(known, i, scenarios, engines) {
			problems = append(problems, fmt.Errorf("the known failure %s (%s) matches no scenario that these engines can run "+
				"and that no entry before it excuses; mend its names, or remove it%s", k, k.Reason, k.slips(scenarios, engines)))
		}
	}
	return errors.Join(problems...)
}

// excusesAny reports whether entry i is the first that covers anything which can be run.
func excusesAny(known []KnownFailure, i int, scenarios []drivers.Scenario, engines []engine.Engine) bool {
	for _, e := range engines {
		for _, s := range scenarios {
			covers := func(k KnownFailure) bool { return k.covers(s.Name, e.Name()) }
			if covers(known[i]) && !slices.ContainsFunc(known[:i], covers) && len(engine.Missing(e, s.Needs)) == 0 {
				return true
			}
		}
	}
	return false
}

// slips says which names are near to those of the entry that nothing has.
func (k KnownFailure) slips(scenarios []drivers.Scenario, engines []engine.Engine) string {
	named, on := make([]string, len(scenarios)), make([]string, len(engines))
	for i, s := range scenarios {
		named[i] = s.Name
	}
	for i, e := range engines {
		on[i] = e.Name()
	}
	return slip("scenario", k.Scenario, named) + slip("engine", cmp.Or(k.Engine, "*"), on)
}

func slip(kind, pattern string, names []string) string {
	matches := func(name string) bool { return glob.Match(pattern, name) }
	if len(names) == 0 || slices.ContainsFunc(names, matches) {
		return ""
	}
	return fmt.Sprintf("; no %s is named %q%s", kind, pattern, near.Names(pattern, names))
}

// excuse settles a report for which there is an entry.
func (r *Report) excuse(all []KnownFailure) {
	for _, k := range all {
		if !k.covers(r.Scenario, r.Engine) {
			continue
		}
		switch {
		case r.Verdict == Passed:
			r.Failures = append(r.Failures, &engine.Failure{Kind: engine.FailedUnexpectedPass, Message: fmt.Sprintf(
				"it passed, but is listed as a known failure (%s: %s); remove the entry", k, k.Reason)})
			r.conclude()
		case r.Verdict == Failed && !slices.ContainsFunc(r.Failures, isHarness):
			r.Verdict, r.Excuse = Known, k.Reason
			r.Reason = k.Reason + ": " + r.Reason
		}
		return
	}
}

func isHarness(f *engine.Failure) bool { return f.Kind == engine.FailedHarness }
