package conform

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/runner"
)

// Suite is what is to conform. Its zero value but for Backends or Engines works.
type Suite struct {
	// Backends are run with their drivers on goroutines and, where they claim
	// engine.AcrossProcesses, on processes too.
	Backends []engine.Backend
	// Engines are run besides: backends that are mixed, say. In Test, children of
	// subprocess engines have the arguments that have them run that test alone, and
	// after those the engine's own.
	Engines []engine.Engine
	// Scenarios are run besides scenarios.All().
	Scenarios []drivers.Scenario
	// Known lists failures that are known. An entry that matches nothing is an error.
	Known []runner.KnownFailure
	// ActionTimeout bounds each action of a driver: to connect, to wait for an event. 0 is
	// what Settings say, and by default 5 s, 20 s with -race (runner.DefaultActionTimeout).
	// A transport that takes 50 ms each way and carries 4 MiB a second passes with that;
	// give a slower one more. Scenarios that send megabytes, or make dozens of round trips,
	// multiply it by their Slack.
	ActionTimeout time.Duration
	// Timeout bounds each scenario. 0 is what Settings say, and by default 30 s, 2 min with
	// -race (runner.DefaultTimeout). It is multiplied in the same way.
	Timeout time.Duration
	// Settings are those of every run. Engine and Known are ignored.
	Settings runner.Runner
	// Repeat is how many times Test runs everything, one time after the other; 0 is once.
	// One pass proves little: an order of events that is rare, or a process that is slow to
	// end, shows in one run of many. A failure says which run it was. In a program, `conform
	// --repeat N` does the same.
	Repeat int
	// Shared says that something else goes on in this process while the suite runs: a
	// server of TestMain's, say, that opens and closes connections of its own. Without
	// it Test sets Settings.Exclusive, unless the test or one around it is parallel, so
	// that also a descriptor is found which never went through the engine.
	Shared bool
	// Page is a Markdown report in the repository which Test keeps true: it fails
	// where the outcome is another page. With LAHJA_UPDATE=1 in the environment it
	// writes the page.
	Page string
	// Reports are files that Test writes when everything has been run; see
	// reports.Document.WriteFile.
	Reports []string
}

// Runner is the suite as runner.Dispatch and command.Main take it.
func (s Suite) Runner() runner.Suite {
	return runner.Suite{Scenarios: s.all(), Engines: s.engines(), Known: s.Known}
}

// RunSettings are the settings of every run: Settings, with the suite's timeouts and Known.
func (s Suite) RunSettings() runner.Runner {
	settings := s.Settings
	settings.Known = s.Known
	settings.ActionTimeout = cmp.Or(s.ActionTimeout, settings.ActionTimeout)
	settings.Timeout = cmp.Or(s.Timeout, settings.Timeout)
	return settings
}

// all are the scenarios in the order in which they are run.
func (s Suite) all() []drivers.Scenario { return scenarios.ByCause(s.byTopic()) }

// byTopic are the scenarios in the order of reports.
func (s Suite) byTopic() []drivers.Scenario { return slices.Concat(scenarios.All(), s.Scenarios) }

// engines are all that the suite runs on. The arguments are added to those of
// children: before them, so that of a flag which stands in both the engine's own holds.
func (s Suite) engines(args ...string) []engine.Engine {
	var all []engine.Engine
	for _, b := range s.Backends {
		all = append(all, engine.OnGoroutines(b))
	}
	for _, b := range s.Backends {
		if b.Capabilities().Has(engine.AcrossProcesses) {
			all = append(all, subprocess.On(b))
		}
	}
	for _, e := range s.Engines {
		at := slices.IndexFunc(all, func(have engine.Engine) bool { return have.Name() == e.Name() })
		switch {
		case at < 0:
			all = append(all, e)
		case !engine.Same(all[at], e):
			panic(fmt.Sprintf("conform: two engines of the suite are named %q, and are not the same; give a backend another name", e.Name()))
		}
	}
	if len(args) > 0 {
		for i, e := range all {
			if children, ok := e.(engine.TakesArgs); ok {
				all[i] = children.WithArgs(args...)
			}
		}
	}
	return all
}
