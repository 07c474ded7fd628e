package timeline_test

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// statement is what a line of a sequence diagram may be.
var statement = regexp.MustCompile(`^    (participant d\d+ as [^;]+|d\d+--?(>>|x)d\d+: ([^;<>]|#\w+;)+|Note over d\d+(,d\d+)?: ([^;<>]|#\w+;)+)$`)

func TestMermaidIsASequenceDiagram(t *testing.T) {
	for name, run := range runs {
		diagram := timeline.Mermaid(run())
		golden(t, name+".mermaid", diagram)
		lines := strings.Split(strings.TrimSuffix(diagram, "\n"), "\n")
		if lines[0] != "sequenceDiagram" {
			t.Errorf("%s: begins with %q", name, lines[0])
		}
		for _, line := range lines[1:] {
			if !statement.MatchString(line) {
				t.Errorf("%s: no statement: %s", name, line)
			}
		}
	}
}

// Mermaid reads these as its own: all but the keyword were checked in Mermaid 11.17.
var mermaidTexts = map[string]string{
	"got #1; want\n<2>": "got #35;1#59; want #lt;2#gt;",
	"%%{init: {}}%%":    "#37;#37;{init: {}}#37;#37;", // A directive disappears.
	"$$x$$":             "#36;#36;x#36;#36;",          // Formulas, too.
	"nowrap: x":         "nowrap#58; x",               // So does an option in front of a name.
	"end":               "end",                        // A keyword is none within a text.
}

func TestMermaidEscapesTexts(t *testing.T) {
	for text, want := range mermaidTexts {
		run := timelinetest.Shop()
		run.Drivers[1].Name = text
		run.Outcome.Failures[0].Text = text
		diagram := timeline.Mermaid(run)
		for _, line := range []string{"✗ " + want + "\n", "participant d1 as " + want + "\n"} {
			if !strings.Contains(diagram, line) {
				t.Errorf("%q: got no %q in %s", text, line, diagram)
			}
		}
	}
}

// mermaidLimit is how many characters Mermaid takes.
const mermaidLimit = 50_000

func TestMermaidTakesDiagramsOfLongTexts(t *testing.T) {
	run := timelinetest.Shop()
	for i := range run.Entries {
		run.Entries[i].Text = strings.Repeat("<", 2000)
	}
	if n := len(timeline.Mermaid(run)); n > mermaidLimit {
		t.Errorf("got %d characters", n)
	}
}

type trace struct {
	TraceEvents []struct {
		Name, Ph string
		Pid, Tid int
		Ts       float64
		Dur      *float64
		ID       int
	}
}

func chrome(t *testing.T, run *recording.Run) trace {
	t.Helper()
	all, err := timeline.ChromeTrace(run)
	if err != nil {
		t.Fatal(err)
	}
	var got trace
	if err := json.Unmarshal(all, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestChromeTraceHasStepsAndFlows(t *testing.T) {
	got := chrome(t, timelinetest.Shop())
	begun, ended, failing := map[int]float64{}, map[int]float64{}, false
	for _, e := range got.TraceEvents {
		switch e.Ph {
		case "s":
			begun[e.ID] = e.Ts
		case "f":
			ended[e.ID] = e.Ts
		case "X":
			if e.Dur == nil {
				t.Errorf("%s has no length", e.Name)
			}
			failing = failing || e.Name == "4 WaitFor[Order]()" && e.Pid == 2 && *e.Dur > 300_000
		}
	}
	if !failing {
		t.Error("the failing step is missing")
	}
	if len(begun) != 3 || len(ended) != 3 {
		t.Errorf("got %d begins and %d ends of flows, want 3 each", len(begun), len(ended))
	}
	for id, at := range begun {
		if end, ok := ended[id]; !ok || end < at {
			t.Errorf("flow %d begins at %f and ends at %f", id, at, end)
		}
	}
}

// Perfetto wants the slices of a thread nested, and binds a flow to the slice that was begun last.
func TestChromeTraceSlicesNest(t *testing.T) {
	run := timelinetest.Hundred()
	// Many messages in a moment, as in virtual time.
	for i := range run.Entries {
		run.Entries[i].At = run.Entries[i].At.Truncate(10 * time.Millisecond)
	}
	type thread struct{ pid, tid int }
	open, flows, slices := map[thread][]int{}, map[int]bool{}, 0
	all := chrome(t, run).TraceEvents
	sort.SliceStable(all, func(i, j int) bool { return all[i].Ts < all[j].Ts })
	end := func(i int) float64 { return all[i].Ts + *all[i].Dur }
	const exact = 1e-4 // a tenth of a nanosecond, in microseconds
	for i, e := range all {
		on := thread{e.Pid, e.Tid}
		for n := len(open[on]); n > 0 && end(open[on][n-1]) <= e.Ts+exact; n-- {
			open[on] = open[on][:n-1]
		}
		stack := open[on]
		switch e.Ph {
		case "X":
			if n := len(stack); n > 0 && end(stack[n-1]) < end(i)-exact {
				t.Fatalf("%s at %f overlaps %s at %f", e.Name, e.Ts, all[stack[n-1]].Name, all[stack[n-1]].Ts)
			}
			open[on] = append(stack, i)
			slices++
		case "s", "f":
			if n := len(stack); n == 0 || !strings.HasSuffix(all[stack[n-1]].Name, e.Name) {
				t.Fatalf("flow %d of %s at %f has no slice of its own", e.ID, e.Name, e.Ts)
			}
			if flows[e.ID] != (e.Ph == "f") {
				t.Fatalf("flow %d of %s at %f: its %s comes out of turn", e.ID, e.Name, e.Ts, e.Ph)
			}
			flows[e.ID] = true
		}
	}
	if slices < 20_000 {
		t.Errorf("got %d slices", slices)
	}
}

func TestChromeTraceNamesDrivers(t *testing.T) {
	names := 0
	for _, e := range chrome(t, timelinetest.Hundred()).TraceEvents {
		if e.Name == "process_name" {
			names++
		}
	}
	if names != 101 {
		t.Errorf("got %d processes, want the run and 100 drivers", names)
	}
}
