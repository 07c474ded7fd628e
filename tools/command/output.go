package command

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/progress"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// output shows runs: as JSON lines, or as live progress and a table.
type output interface {
	begin(s drivers.Scenario, e engine.Engine)
	progress(scenario string, r engine.Record)
	end(r reports.Run) error
	// clear makes room for something else on a terminal.
	clear()
	finish() error
}

func list(w io.Writer, scenarios []drivers.Scenario, engines []engine.Engine) error {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SCENARIO\tRULE")
	for _, s := range scenarios {
		fmt.Fprintf(table, "%s\t%s\n", s.Name, s.Rule)
	}
	fmt.Fprintln(table, "\t\nENGINE\tCAPABILITIES")
	for _, e := range engines {
		fmt.Fprintf(table, "%s\t%s\n", e.Name(), e.Capabilities())
	}
	return table.Flush()
}

// jsonLines prints one JSON object per run.
type jsonLines struct{ w io.Writer }

func (j *jsonLines) begin(drivers.Scenario, engine.Engine) {}
func (j *jsonLines) progress(string, engine.Record)        {}
func (j *jsonLines) clear()                                {}
func (j *jsonLines) finish() error                         { return nil }
func (j *jsonLines) end(r reports.Run) error               { return json.NewEncoder(j.w).Encode(r) }

// table shows progress on stderr during the runs, and then a table of scenarios and engines on
// stdout.
type table struct {
	stdout, stderr io.Writer
	document       *reports.Document
	total          int
	start          time.Time

	// mu guards what follows, which progress uses from several goroutines.
	mu    sync.Mutex
	done  int
	bar   progress.Bar
	now   string
	shown time.Time
}

func newTable(stdout, stderr io.Writer, document *reports.Document, total int) *table {
	return &table{stdout: stdout, stderr: stderr, document: document, total: total, bar: progress.New(stderr), start: time.Now()}
}

// begin shows what runs now, on a terminal, at most twenty times a second. Elsewhere end prints
// a line for each failure and every hundredth run.
func (t *table) begin(s drivers.Scenario, e engine.Engine) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = s.Name + " on " + e.Name()
	t.show()
}

// progress redraws the bar, because begin may have come too soon after the last drawing.
func (t *table) progress(string, engine.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.show()
}

// show redraws the bar if it is time to. The caller holds the lock, also while this writes to
// the terminal, so that lines do not mix.
func (t *table) show() {
	if t.bar.Live && time.Since(t.shown) > 50*time.Millisecond {
		t.shown = time.Now()
		t.bar.Show(t.done, t.total, t.now)
	}
}

func (t *table) end(r reports.Run) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	switch {
	case r.Verdict == runner.Failed:
		t.bar.Clear()
		fmt.Fprintf(t.stderr, "FAILED %s on %s: %s\n", r.Scenario, r.Engine, r.Reason)
	case !t.bar.Live && t.done%100 == 0:
		fmt.Fprintf(t.stderr, "%d/%d\n", t.done, t.total)
	}
	return nil
}

func (t *table) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bar.Clear()
}

func (t *table) finish() error {
	t.clear()
	if err := t.cells(); err != nil {
		return err
	}
	for _, o := range t.document.Outcomes {
		if o.Report == "" {
			continue
		}
		fmt.Fprintln(t.stdout)
		if o.Runs > 1 {
			fmt.Fprintf(t.stdout, "run %d, the first of %d that %s:\n", o.Number, o.Alike(), failedHow[o.Verdict])
		}
		fmt.Fprint(t.stdout, o.Report)
	}
	if err := causes(t.stdout, t.document); err != nil {
		return err
	}
	return t.summary()
}

// failedHow has the verdicts that come with a report.
var failedHow = map[runner.Verdict]string{runner.Failed: "failed", runner.Known: "failed as is known"}

func (t *table) cells() error {
	w := tabwriter.NewWriter(t.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprint(w, "SCENARIO")
	for _, e := range t.document.Engines {
		fmt.Fprint(w, "\t", e.Name)
	}
	fmt.Fprintln(w)
	for _, s := range t.document.Scenarios {
		fmt.Fprint(w, s.Name)
		for _, e := range t.document.Engines {
			fmt.Fprint(w, "\t", cell(t.document.Outcome(s.Name, e.Name)))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func (t *table) summary() error {
	counts := t.document.Counts()
	known, times, missing := "", "", ""
	if n := counts[runner.Known]; n > 0 {
		known = fmt.Sprintf(", %d known to fail", n)
	}
	if len(t.document.Outcomes) < t.done {
		times = fmt.Sprintf(" (%d runs)", t.done)
	}
	if n := t.document.NotRun(); n > 0 {
		missing = fmt.Sprintf(", %d not run", n)
	}
	_, err := fmt.Fprintf(t.stdout, "\n%d passed, %d failed, %d unsupported%s%s%s in %s\n", counts[runner.Passed], counts[runner.Failed],
		counts[runner.Unsupported], known, missing, times, time.Since(t.start).Round(time.Millisecond))
	return err
}

// cell returns the verdict, and the median time.
func cell(o *reports.Outcome) string {
	switch {
	case o == nil:
		return "not run"
	case o.Runs > 1 && failedHow[o.Verdict] != "":
		return fmt.Sprintf("%s %d of %d", o.Verdict, o.Alike(), o.Runs)
	case o.Verdict == runner.Unsupported, o.Verdict == runner.Known:
		return string(o.Verdict)
	}
	median := time.Duration(o.Median * float64(time.Second))
	return fmt.Sprintf("%s %s", o.Verdict, median.Round(10*time.Microsecond))
}
