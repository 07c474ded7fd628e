package command

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/timeline"
)

// indexFile is the page of all outcomes, in the directory of --html.
const indexFile = "index.html"

// writeIndex writes the page of all outcomes, which links to those of the runs.
func (c *runCommand) writeIndex(d *reports.Document) error {
	if c.HTML == "" {
		return nil
	}
	cells := make([]timeline.Cell, len(d.Outcomes))
	for i, o := range d.Outcomes {
		cells[i] = timeline.Cell{Scenario: o.Scenario, Engine: o.Engine, Verdict: string(o.Verdict), Text: o.Reason,
			Page: c.pageOf(o.Recording), Elapsed: time.Duration(o.Seconds * float64(time.Second))}
	}
	page, err := timeline.Index(fmt.Sprintf("%d scenarios on %d engines", len(d.Scenarios), len(d.Engines)), cells)
	if err == nil {
		err = os.MkdirAll(c.HTML, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(c.HTML, indexFile), page, 0o644)
	}
	return err
}

// pageOf is the address of a run's page, as seen from the index. A run that is kept no more has
// none.
func (c *runCommand) pageOf(recording string) string {
	page := filepath.Join(recording, runner.PageFile)
	address, err := filepath.Rel(c.HTML, page)
	if recording == "" || err != nil {
		return ""
	}
	if _, err := os.Stat(page); err != nil {
		return ""
	}
	return filepath.ToSlash(address)
}
