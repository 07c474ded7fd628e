package command

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/internal/matrix"
	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// plainWidth is how wide lines are where nobody says.
const plainWidth = 80

// table prints a table of scenarios and engines at the end, each failure, and a summary.
type table struct {
	stdout   io.Writer
	document *reports.Document
	options  matrix.Options
	// columns is the width of the terminal, or 0 if stdout is none.
	columns int
	start   time.Time
	runs    int
	// doubts leaves out the table: what passed by luck, and what failed, is all that is asked for.
	doubts bool
}

func newTable(stdout io.Writer, document *reports.Document, c *runCommand) *table {
	width, _, _ := terminal.Size(stdout)
	return &table{stdout: stdout, document: document, columns: width, start: time.Now(), doubts: c.doubts,
		options: matrix.Options{Width: cmp.Or(width, plainWidth), Times: c.Times, Style: terminal.StyleFor(c.Color, stdout)}}
}

func (t *table) add(reports.Run) error {
	t.runs++
	return nil
}

func (t *table) finish() error {
	var b strings.Builder
	if !t.doubts {
		b.WriteString(matrix.Text(t.document, t.options))
	}
	for _, alike := range byCause(t.document.Outcomes, true) {
		t.failure(&b, alike)
	}
	causes(&b, t.document)
	t.luck(&b)
	b.WriteString("\n" + t.summary() + "\n")
	_, err := io.WriteString(t.stdout, b.String())
	return err
}

// failedHow has the verdicts that come with a report.
var failedHow = map[runner.Verdict]string{runner.Failed: "failed", runner.Known: "failed as is known"}

// failure writes the report of the first of these outcomes, and names the engines of the
// others.
func (t *table) failure(b *strings.Builder, alike []*reports.Outcome) {
	first := alike[0]
	b.WriteByte('\n')
	if first.Runs > 1 {
		fmt.Fprintf(b, "run %d, the first of %d that %s, of %d runs:\n", first.Number, first.Alike(), failedHow[first.Verdict], first.Runs)
	}
	title, rest, _ := strings.Cut(first.Report, "\n")
	colour := terminal.Red
	if first.Verdict == runner.Known {
		colour = terminal.Yellow
	}
	fmt.Fprintf(b, "%s\n%s", t.options.Style.Paint(colour, title), fitted(rest, t.recorded(first), t.columns))
	if len(alike) == 1 {
		return
	}
	var engines []string
	for _, o := range alike[1:] {
		engines = append(engines, o.Engine)
	}
	fmt.Fprintf(b, "%s\n", wrapped("  failed alike on "+strings.Join(engines, ", "), t.columns))
}

// recorded is the recording of a run, to draw it on a terminal; nil if none can be read.
func (t *table) recorded(o *reports.Outcome) *recording.Run {
	if t.columns == 0 || o.Recording == "" {
		return nil
	}
	run, err := recording.Load(o.Recording)
	if err != nil {
		return nil // The report has the events, only wider.
	}
	return run
}

// summary counts, in one line.
func (t *table) summary() string {
	counts := t.document.Counts()
	style := t.options.Style
	passed, failed := fmt.Sprintf("%d passed", counts[runner.Passed]), fmt.Sprintf("%d failed", counts[runner.Failed])
	if counts[runner.Failed] > 0 {
		failed = style.Paint(terminal.Red, failed)
	} else if counts[runner.Passed] > 0 {
		passed = style.Paint(terminal.Green, passed)
	}
	if n := t.lucky(); n > 0 {
		passed += fmt.Sprintf(" (%d by luck)", n)
	}
	known, times := "", ""
	if n := counts[runner.Known]; n > 0 {
		known = fmt.Sprintf(", %d known to fail", n)
	}
	if len(t.document.Outcomes) < t.runs {
		times = fmt.Sprintf(" (%d runs)", t.runs)
	}
	return fmt.Sprintf("%s, %s, %d unsupported%s, %d not run%s in %s", passed, failed, counts[runner.Unsupported], known,
		t.document.NotRun(), times, took(time.Since(t.start)))
}

// took is a time to three digits or so.
func took(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
