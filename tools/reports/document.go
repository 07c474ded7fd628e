package reports

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// Format names the format of the JSON document. It changes when programs that read it must change.
const Format = "lahja-report/2"

// Document has the outcomes of scenarios on engines. It is not safe for concurrent use.
type Document struct {
	Scenarios []Scenario
	Engines   []Engine
	// Outcomes has one for each scenario and engine that ran, in the order of Scenarios and then of
	// Engines.
	Outcomes []*Outcome
	// Only has the pairs of scenario and engine, by name, that were to run. If it is nil, all were.
	Only map[[2]string]bool
	// Interrupted says why something did not run that should have run. It is empty otherwise.
	Interrupted string
	// Stood says where the drivers of the interrupted run were, a line each.
	Stood []string
}

// Scenario is one of a document.
type Scenario struct {
	Name     string `json:"name"`
	Rule     string `json:"rule"`
	Location string `json:"location"`
}

// Engine is one of a document.
type Engine struct {
	Name         string              `json:"name"`
	Capabilities engine.Capabilities `json:"capabilities"`

	runs bool // it has all that it requires
}

// Outcome is the result of all runs of one scenario on one engine.
type Outcome struct {
	// Run is the worst run, and of several such runs the first.
	Run
	// Runs is the number of runs, Failed the number that failed, known or not, and Median the median of
	// their Seconds.
	Runs   int     `json:"runs"`
	Failed int     `json:"failed"`
	Median float64 `json:"median"`

	seconds  []float64 // in ascending order
	verdicts map[runner.Verdict]int
}

// New makes a document of scenarios and engines without outcomes.
func New(scenarios []drivers.Scenario, engines []engine.Engine) *Document {
	d := &Document{}
	for _, s := range scenarios {
		d.Scenarios = append(d.Scenarios, Scenario{Name: s.Name, Rule: s.Rule, Location: runner.Locate(s)})
	}
	for _, e := range engines {
		d.Engines = append(d.Engines, Engine{Name: e.Name(), Capabilities: e.Capabilities(), runs: len(engine.Missing(e, nil)) == 0})
	}
	return d
}

// Add adds a run, unless it was interrupted and has no result. It panics if New did not get the
// scenario or the engine.
func (d *Document) Add(r Run) {
	if d.scenarioIndex(r.Scenario) < 0 || d.engineIndex(r.Engine) < 0 {
		panic(fmt.Sprintf("reports: %s on %s is not in the document; give New all scenarios and engines", r.Scenario, r.Engine))
	}
	if r.Verdict == "" {
		return
	}
	o := d.Outcome(r.Scenario, r.Engine)
	if o == nil {
		o = &Outcome{Run: r, verdicts: map[runner.Verdict]int{}}
		d.insert(o)
	}
	o.Runs++
	at, _ := slices.BinarySearch(o.seconds, r.Seconds)
	o.seconds = slices.Insert(o.seconds, at, r.Seconds)
	o.Median = o.seconds[len(o.seconds)/2]
	o.verdicts[r.Verdict]++
	if r.failed() {
		o.Failed++
	}
	races := moreRaces(o.Races, r.Races)
	if severity[r.Verdict] > severity[o.Verdict] {
		o.Run = r
	}
	o.Races = races
}

// moreRaces adds races that are not among those of other runs: those of other actions.
func moreRaces(all, more []drivers.Race) []drivers.Race {
	for _, race := range more {
		if !slices.ContainsFunc(all, race.IsLike) {
			all = append(slices.Clip(all), race)
		}
	}
	return all
}

// severity orders verdicts: an outcome of several runs is its worst one.
var severity = map[runner.Verdict]int{runner.Passed: 1, runner.Unsupported: 2, runner.Known: 3, runner.Failed: 4}

// insert keeps the order of scenarios and engines.
func (d *Document) insert(o *Outcome) {
	at, _ := slices.BinarySearchFunc(d.Outcomes, o, func(a, b *Outcome) int {
		if s := d.scenarioIndex(a.Scenario) - d.scenarioIndex(b.Scenario); s != 0 {
			return s
		}
		return d.engineIndex(a.Engine) - d.engineIndex(b.Engine)
	})
	d.Outcomes = slices.Insert(d.Outcomes, at, o)
}

func (d *Document) scenarioIndex(name string) int {
	return slices.IndexFunc(d.Scenarios, func(s Scenario) bool { return s.Name == name })
}

// Rule returns the rule that the named scenario protects.
func (d *Document) Rule(scenario string) string {
	if i := d.scenarioIndex(scenario); i >= 0 {
		return d.Scenarios[i].Rule
	}
	return ""
}

func (d *Document) engineIndex(name string) int {
	return slices.IndexFunc(d.Engines, func(e Engine) bool { return e.Name == name })
}

// Outcome returns the outcome of the scenario on the engine, or nil if it did not run.
func (d *Document) Outcome(scenario, engineName string) *Outcome {
	for _, o := range d.Outcomes {
		if o.Scenario == scenario && o.Engine == engineName {
			return o
		}
	}
	return nil
}

// Counts returns the number of outcomes of each verdict, on all engines or on the named ones.
func (d *Document) Counts(engines ...string) map[runner.Verdict]int {
	counts := map[runner.Verdict]int{}
	for _, o := range d.Outcomes {
		if len(engines) == 0 || slices.Contains(engines, o.Engine) {
			counts[o.Verdict]++
		}
	}
	return counts
}

// Chosen reports whether the scenario was to run on the engine.
func (d *Document) Chosen(scenario, engineName string) bool {
	return d.Only == nil || d.Only[[2]string{scenario, engineName}]
}

// pairs returns how many pairs of scenario and engine were to run.
func (d *Document) pairs() int {
	if d.Only == nil {
		return len(d.Scenarios) * len(d.Engines)
	}
	n := 0
	for _, chosen := range d.Only {
		if chosen {
			n++
		}
	}
	return n
}

// NotRun returns how many pairs of scenario and engine were to run and have no outcome.
func (d *Document) NotRun() int { return d.pairs() - len(d.Outcomes) }

// Untested returns the engines on which every scenario ran, and none failed or passed. All are
// unsupported there, or known to fail, so the engine is untested. Engines that
// this system cannot run are left out.
func (d *Document) Untested() []string {
	var untested []string
	for _, e := range d.Engines {
		counts := d.Counts(e.Name)
		done := counts[runner.Unsupported] + counts[runner.Known]
		if e.runs && done > 0 && done == len(d.Scenarios) {
			untested = append(untested, e.Name)
		}
	}
	return untested
}

// Alike returns how many runs had the outcome's verdict.
func (o *Outcome) Alike() int { return o.verdicts[o.Verdict] }
