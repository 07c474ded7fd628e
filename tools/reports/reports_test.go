package reports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

func scenario(name string, err error, needs ...engine.Need) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "This | that.", Needs: needs, Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("alone"),
			drivers.Do("step", func(context.Context, *drivers.Scope) error { return err }))}
	}}
}

var errBroken = errors.New("it is <broken>")

// There is a scenario for every verdict.
var (
	scenarios = []drivers.Scenario{
		scenario("a/passes", nil),
		scenario("a/fails", errBroken),
		scenario("b/needs", nil, engine.SocketFiles, engine.AtLeast(engine.MaxPayload, 1<<30)),
		scenario("b/is-known", errBroken),
	}
	engines = []engine.Engine{engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(transports.Unix())}
)

// runs is how often every scenario runs on every engine.
const runs = 2

// all is a document with every verdict on every engine.
func all(t *testing.T) *reports.Document {
	t.Helper()
	d := reports.New(scenarios, engines)
	for i := range runs {
		for _, e := range engines {
			for _, s := range scenarios {
				r := runner.Runner{Engine: e, Known: []runner.KnownFailure{{Scenario: "b/is-known", Reason: "not mended yet"}}}
				d.Add(reports.Of(r.Run(t.Context(), s), i+1))
			}
		}
	}
	return d
}

func TestCounts(t *testing.T) {
	d := all(t)
	for _, v := range []runner.Verdict{runner.Passed, runner.Failed, runner.Unsupported, runner.Known} {
		if d.Counts()[v] != len(engines) || d.Counts("goroutine+unix")[v] != 1 {
			t.Errorf("%s: got %d and %d, want %d and 1", v, d.Counts()[v], d.Counts("goroutine+unix")[v], len(engines))
		}
	}
	o := d.Outcome("a/fails", "goroutine+unix")
	if o.Runs != runs || o.Failed != runs || o.Number != 1 || o.Seconds <= 0 || o.Median <= 0 {
		t.Errorf("got %+v", o)
	}
	if d.Outcome("a/fails", "goroutine+tcp") != nil {
		t.Error("there is an outcome of an engine on which nothing ran")
	}
}

// needy is a need whose name holds the words of the reason.
type needy struct{ engine.Capability }

func (needy) String() string { return "a bus, which carries | passengers" }

func TestWhatIsMissingIsToldAsItIs(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	s := scenario("a/needs", nil, needy{"wheels"})
	d := reports.New([]drivers.Scenario{s}, []engine.Engine{memory})
	d.Add(reports.Of((&runner.Runner{Engine: memory}).Run(t.Context(), s), 1))
	var page bytes.Buffer
	if err := d.Markdown(&page); err != nil {
		t.Fatal(err)
	}
	if want := "| `a/needs` | a bus, which carries \\| passengers | 1 |"; !strings.Contains(page.String(), want) {
		t.Errorf("want it to contain %q, got\n%s", want, &page)
	}
}

func TestOutcomeOfSeveralRunsIsTheWorst(t *testing.T) {
	memory := engine.OnGoroutines(transports.Memory())
	known := []runner.KnownFailure{{Scenario: "a/varies", Reason: "it varies"}}
	broken, whole := scenario("a/varies", errBroken), scenario("a/varies", nil)
	d := reports.New([]drivers.Scenario{whole}, []engine.Engine{memory})
	for i, c := range []struct {
		run     runner.Runner
		of      drivers.Scenario
		verdict runner.Verdict
		first   int
		alike   int
		failed  int
		says    string
	}{
		{runner.Runner{}, whole, runner.Passed, 1, 1, 0, ""},
		{runner.Runner{Known: known}, broken, runner.Known, 2, 1, 1, "KNOWN-FAILURE a/varies"},
		{runner.Runner{}, whole, runner.Known, 2, 1, 1, "KNOWN-FAILURE a/varies"},
		{runner.Runner{Known: known}, broken, runner.Known, 2, 2, 2, "KNOWN-FAILURE a/varies"},
		{runner.Runner{Known: known}, whole, runner.Failed, 5, 1, 3, "remove the entry"},
		{runner.Runner{}, broken, runner.Failed, 5, 2, 4, "remove the entry"},
	} {
		c.run.Engine = memory
		d.Add(reports.Of(c.run.Run(t.Context(), c.of), i+1))
		o := d.Outcome("a/varies", memory.Name())
		if o.Alike() != c.alike || o.Failed != c.failed {
			t.Errorf("after run %d: got %d failed, %d of them alike; want %d and %d", i+1, o.Failed, o.Alike(), c.failed, c.alike)
		}
		if o.Verdict != c.verdict || o.Number != c.first || o.Runs != i+1 || !strings.Contains(o.Report, c.says) {
			t.Errorf("after run %d: got %s, first in run %d of %d, %q; want %s, %d, %q", i+1, o.Verdict, o.Number, o.Runs, o.Report, c.verdict, c.first, c.says)
		}
	}
}

// compiled returns the schema at a place in Schema.
func compiled(t *testing.T, place string) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(reports.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json" + place)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate returns what the schema says about the JSON.
func validate(t *testing.T, schema *jsonschema.Schema, text []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestJSONIsAsItsSchemaSays(t *testing.T) {
	whole, line := compiled(t, ""), compiled(t, "#/$defs/line")
	for name, d := range map[string]*reports.Document{"all": all(t), "none": reports.New(nil, nil), "interrupted": {Interrupted: "why"}} {
		var b bytes.Buffer
		if err := d.JSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := validate(t, whole, b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, o := range d.Outcomes {
			text, err := json.Marshal(o.Run)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, line, text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			var again reports.Run
			if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, o.Run) {
				t.Errorf("got %+v and %v, want %+v", again, err, o.Run)
			}
		}
	}
	for what, text := range map[string]string{
		"failure without a report":     `{"scenario": "a", "engine": "b", "run": 1, "verdict": "failed", "reason": "", "seconds": 1}`,
		"run without a number":         `{"scenario": "a", "engine": "b", "verdict": "passed", "reason": "", "seconds": 1}`,
		"run of an interrupted report": `{"scenario": "a", "engine": "b", "run": 1, "verdict": "", "reason": "", "seconds": 1}`,
		"run with an unknown field":    `{"scenario": "a", "engine": "b", "run": 1, "verdict": "passed", "reason": "", "seconds": 1, "location": "x.go:1"}`,
	} {
		if validate(t, line, []byte(text)) == nil {
			t.Errorf("the schema allows a %s", what)
		}
	}
	old := `{"format": "` + reports.Format + `", "engines": [], "scenarios": [],
		"summary": {"passed": 0, "failed": 0, "unsupported": 0, "known-failure": 0, "not-run": 0},
		"outcomes": [{"scenario": "a", "engine": "b", "run": 1, "verdict": "passed", "reason": "", "seconds": 1, "runs": 1, "failed": 0%s}]}`
	if err := validate(t, whole, fmt.Appendf(nil, old, `, "median": 1`)); err != nil {
		t.Error(err)
	}
	for _, rest := range []string{"", `, "median": 1, "firstFailed": 1`} {
		if validate(t, whole, fmt.Appendf(nil, old, rest)) == nil {
			t.Errorf("the schema allows an outcome that ends with %q", rest)
		}
	}
}

func TestInterruptedRunsHaveNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := scenario("a/interrupts", nil)
	cancel()
	d := reports.New([]drivers.Scenario{s}, engines[:1])
	report := (&runner.Runner{Engine: engines[0]}).Run(ctx, s)
	run := reports.Of(report, 1)
	d.Add(run)
	if !report.Interrupted || run.Verdict != "" || len(d.Outcomes) != 0 {
		t.Errorf("got %+v and %d outcomes, want an interrupted run and none", run, len(d.Outcomes))
	}
}

func TestJUnitTellsVerdictsApart(t *testing.T) {
	var b bytes.Buffer
	if err := all(t).JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				File    string `xml:"file,attr"`
				Line    int    `xml:"line,attr"`
				Failure struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Skipped struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, &b)
	}
	// What is unsupported and what is known to fail are skipped.
	n := len(engines)
	if got.Tests != len(scenarios)*n || got.Failures != n || got.Skipped != 2*n || len(got.Suites) != n {
		t.Fatalf("got %+v", got)
	}
	cases := got.Suites[1].Cases
	if c := cases[0]; c.Name != "a/passes" || c.File != "reports_test.go" || c.Failure.Message != "" || c.Skipped.Message != "" {
		t.Errorf("passed: got %+v", c)
	}
	// The scenario begins on one line; its action stands two below.
	if line := cases[0].Line; line == 0 || cases[1].Line != line+2 {
		t.Errorf("got lines %d and %d, want the scenario's and its action's, 2 below", line, cases[1].Line)
	}
	if c := cases[1]; !strings.Contains(c.Failure.Message, "it is <broken>") || !strings.Contains(c.Failure.Text, "rule: This | that.") {
		t.Errorf("failed: got %+v", c)
	}
	if c := cases[2]; !strings.HasPrefix(c.Skipped.Message, "unsupported: needs max-payload of at least 1 GiB") {
		t.Errorf("unsupported: got %+v", c)
	}
	if c := cases[3]; !strings.HasPrefix(c.Skipped.Message, "known failure: not mended yet") {
		t.Errorf("known: got %+v", c)
	}
}

func TestMarkdown(t *testing.T) {
	var first, second bytes.Buffer
	if err := errors.Join(all(t).Markdown(&first)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%d scenarios × %d engines: %[2]d passed, %[2]d failed, %[2]d unsupported, %[2]d known failures.", len(scenarios), len(engines)),
		"| 1 | `goroutine+memory` | 1 | 1 | 1 | 1 | backpressure, ",
		"### a\n\n| scenario | rule | 1 | 2 |",
		"| `a/passes` | This \\| that. | ✓ | ✓ |",
		"| `a/fails` | This \\| that. | ✗ | ✗ |",
		"| `b/needs` | This \\| that. | – | – |",
		"| `b/is-known` | This \\| that. | (✗) | (✗) |",
		"| `b/needs` | socket-files, max-payload of at least 1 GiB | 1 |",
		"## Known failures\n\n| scenario | fails on | because |\n| --- | --- | --- |\n| `b/is-known` | `goroutine+memory` | not mended yet |\n",
		"## Failures\n\n`a/fails` on `goroutine+memory`: ",
	} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("want it to contain %q, got\n%s", want, &first)
		}
	}
	passing := reports.New([]drivers.Scenario{scenario("a/passes", nil)}, []engine.Engine{engine.OnGoroutines(transports.Memory())})
	passing.Add(reports.Of((&runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}).Run(t.Context(), scenario("a/passes", nil)), 1))
	first.Reset()
	if err := errors.Join(passing.Markdown(&first), passing.Markdown(&second)); err != nil || first.String() != second.String() {
		t.Errorf("the same outcome is another page (%v)", err)
	}
	for _, unwanted := range []string{"## Unsupported", "## Failures", "## Known failures"} {
		if strings.Contains(first.String(), unwanted) {
			t.Errorf("there is %q where there are none", unwanted)
		}
	}
}

func TestFiles(t *testing.T) {
	d := all(t)
	dir := t.TempDir()
	files := map[string]string{"report.md": "# Conformance", "report.json": "{", "report.xml": "<?xml"}
	for name, begins := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("what was there"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.WriteFile(path); err != nil {
			t.Error(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), begins) {
			t.Errorf("%s: got %.20q (%v), want %q", name, data, err, begins)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(files) {
		t.Errorf("got %v (%v), want the reports alone", left, err)
	}
	for _, name := range []string{"report", "report.txt", filepath.Join(dir, "missing", "report.md")} {
		if err := d.WriteFile(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := reports.CheckFile("report.txt"); err == nil || !strings.Contains(err.Error(), ".md (Markdown)") {
		t.Errorf("got %v, want the endings that there are", err)
	}
	checkFiles(t, dir)
	full := filepath.Join(t.TempDir(), "full.md")
	if err := os.Symlink("/dev/full", full); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(full); err == nil && d.WriteFile(full) == nil {
		t.Error("no error on a full device")
	}
}

// checkFiles holds CheckFile against WriteFile in a folder with report.md.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	file := filepath.Join(dir, "report.md")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		file:                                    "",
		filepath.Join(dir, "new.md"):            "",
		dir + ".md":                             "", // beside the folder
		filepath.Join(file, "report.md"):        "not a directory",
		filepath.Join(dir, "missing", "r.json"): "no such file",
		filepath.Join(dir, "report"):            "none of the endings",
	} {
		err := reports.CheckFile(name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	const nobody = "/proc/self/report.md" // Where it is there, not even root can write in it.
	if _, err := os.Stat(filepath.Dir(nobody)); err == nil && reports.CheckFile(nobody) == nil {
		t.Errorf("%s: no error", nobody)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the check changed the file (%v)", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(entries) {
		t.Errorf("got %v (%v), want what was there", left, err)
	}
}

func TestEnginesThatTheSystemCannotRunAreUnsupportedByName(t *testing.T) {
	elsewhere := engine.OnGoroutines(&transports.Backend{BackendName: "elsewhere", OneProcess: true, Needs: []engine.Need{engine.SocketFiles}})
	all := []drivers.Scenario{scenario("a/passes", nil)}
	d := reports.New(all, []engine.Engine{elsewhere})
	report := (&runner.Runner{Engine: elsewhere}).Run(t.Context(), all[0])
	d.Add(reports.Of(report, 1))
	if want := "needs socket-files, which goroutine+elsewhere lacks"; report.Verdict != runner.Unsupported || report.Reason != want {
		t.Errorf("got %s (%s), want it unsupported: %s", report.Verdict, report.Reason, want)
	}
	if got := d.Untested(); len(got) > 0 {
		t.Errorf("got %q untested, want none: the system cannot run them", got)
	}
}
