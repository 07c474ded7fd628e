package command

import (
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// numbers matches what differs from run to run in the text of one cause: times, ports, names
// of directories.
var numbers = regexp.MustCompile(`[0-9]+`)

// byCause returns the outcomes that failed, those with one cause together: of each scenario
// on its own, or of all.
func byCause(all []*reports.Outcome, scenarios bool) [][]*reports.Outcome {
	type alike struct {
		scenario, cause string
		verdict         runner.Verdict
	}
	var groups [][]*reports.Outcome
	at := map[alike]int{}
	for _, o := range all {
		if o.Report == "" {
			continue
		}
		key := alike{cause: numbers.ReplaceAllString(o.Cause, "0"), verdict: o.Verdict}
		if scenarios {
			key.scenario = o.Scenario
		}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// causes lists the causes with which several scenarios failed, so that one fix may mend them
// all. It leaves out known failures.
func causes(w io.Writer, d *reports.Document) {
	for _, all := range byCause(d.Outcomes, false) {
		another := func(o *reports.Outcome) bool { return o.Scenario != all[0].Scenario }
		if all[0].Verdict != runner.Failed || !slices.ContainsFunc(all, another) {
			continue
		}
		fmt.Fprintf(w, "\n%d failed alike: %s", len(all), all[0].Cause)
		for i, o := range all {
			if i > 0 && all[i-1].Scenario == o.Scenario {
				fmt.Fprintf(w, ", %s", o.Engine)
				continue
			}
			fmt.Fprintf(w, "\n  %s on %s", o.Scenario, o.Engine)
		}
		fmt.Fprintln(w)
	}
}
