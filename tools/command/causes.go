package command

import (
	"fmt"
	"io"
	"regexp"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// numbers matches what differs from run to run in the text of one cause: times, ports, names
// of directories.
var numbers = regexp.MustCompile(`[0-9]+`)

// causes lists the failures that share their first cause, so that one fix may mend them all.
// It leaves out known failures.
func causes(w io.Writer, d *reports.Document) error {
	alike := map[string][]*reports.Outcome{}
	for _, o := range d.Outcomes {
		if o.Verdict == runner.Failed {
			cause := numbers.ReplaceAllString(o.Cause, "0")
			alike[cause] = append(alike[cause], o)
		}
	}
	for _, o := range d.Outcomes {
		all := alike[numbers.ReplaceAllString(o.Cause, "0")]
		if len(all) < 2 || all[0] != o {
			continue
		}
		if err := writeCause(w, all); err != nil {
			return err
		}
	}
	return nil
}

func writeCause(w io.Writer, all []*reports.Outcome) error {
	if _, err := fmt.Fprintf(w, "\n%d failed alike: %s\n", len(all), all[0].Cause); err != nil {
		return err
	}
	for _, o := range all {
		if _, err := fmt.Fprintf(w, "  %s on %s\n", o.Scenario, o.Engine); err != nil {
			return err
		}
	}
	return nil
}
