package command

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// fails is a run of four drivers that fails, with a line for each field of a report.
func fails(t *testing.T) *runner.Report {
	t.Helper()
	waits := func(name string) *d.Driver {
		return d.New(d.RunEndpoint(name), d.ConnectToEndpoints("the other driver"), d.Await("a signal that is never sent"))
	}
	s := d.Case("fit/fails", strings.Repeat("A rule that is longer than a line of eighty columns. ", 2),
		d.New(d.ServeEndpoint("the other driver"),
			d.WaitUntilConnectedTo("first"), d.WaitUntilConnectedTo("second"), d.WaitUntilConnectedTo("third"),
			d.Do("fail", func(context.Context, *d.Scope) error {
				return errors.New(strings.TrimSpace(strings.Repeat("an error of many words ", 10)))
			}),
			d.Signal("a signal that is never sent")),
		waits("first"), waits("second"), waits("third"))
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Store: &recording.Store{Dir: t.TempDir()}}
	report := r.Run(t.Context(), s)
	if report.Verdict != runner.Failed || report.Recording == nil {
		t.Fatalf("want a failure that is recorded, got\n%s", report)
	}
	return report
}

// TestReportsFitTheTerminal: no line is too long, nothing is lost, and the events show every
// driver.
func TestReportsFitTheTerminal(t *testing.T) {
	report := fails(t)
	_, rest, _ := strings.Cut(report.String(), "\n")
	before, _, _ := strings.Cut(rest, "  the last events:\n")
	for _, width := range []int{80, 120, 200} {
		got := fitted(rest, report.Recording, width)
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width && len(strings.Fields(line)) > 2 {
				t.Errorf("a line has %d columns of %d: %s", n, width, line)
			}
		}
		text, events, _ := strings.Cut(got, "  the last events:\n")
		if strings.Join(strings.Fields(text), " ") != strings.Join(strings.Fields(before), " ") {
			t.Errorf("at %d columns the words are not those of the report:\n%s\nwant\n%s", width, text, before)
		}
		names, _, _ := strings.Cut(events, "\n")
		for _, d := range report.Recording.Drivers {
			if !strings.Contains(names, d.Name[:min(len(d.Name), 10)]) {
				t.Errorf("at %d columns the events do not show %s:\n%s", width, d.Name, events)
			}
		}
	}
	if got := fitted(rest, report.Recording, 0); got != rest {
		t.Errorf("without a terminal the report is not as it was:\n%s", got)
	}
}

func TestListsFitTheTerminal(t *testing.T) {
	lines := [][2]string{{"NAME", "RULE"}, {"a/b", strings.Repeat("word ", 30) + "end"}, {}, {"ENGINE", "x"}}
	for width, want := range map[int]string{
		0:  "NAME    RULE\na/b     " + strings.Repeat("word ", 30) + "end\n\nENGINE  x\n",
		60: "NAME    RULE\na/b     " + strings.Repeat(strings.Repeat(" word", 10)[1:]+"\n        ", 3) + "end\n\nENGINE  x\n",
		30: "NAME\n    RULE\na/b\n    " + strings.Repeat(strings.Repeat(" word", 5)[1:]+"\n    ", 6) + "end\n\nENGINE\n    x\n",
	} {
		if got := columned(lines, width); got != want {
			t.Errorf("at %d columns: got\n%s\nwant\n%s", width, got, want)
		}
	}
}
