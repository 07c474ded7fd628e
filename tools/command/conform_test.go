package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// brought is a suite with an engine of its own and with known failures.
func brought(known ...runner.KnownFailure) runner.Suite {
	local := &transports.Backend{BackendName: "local", New: func() p2p.Transport { return memory.New() }, OneProcess: true}
	return runner.Suite{Scenarios: suite.Scenarios, Engines: []engine.Engine{engine.OnGoroutines(local)}, Known: known}
}

func TestConform(t *testing.T) {
	failing, _ := counts("bad/fails", "goroutine*")
	fails := runner.KnownFailure{Scenario: "bad/fails", Engine: "*+local", Reason: "made to"}
	for _, c := range []struct {
		args   string
		known  []runner.KnownFailure
		code   int
		stdout string
		stderr string
	}{
		{"conform --scenario good/*", nil, 0, "\ngoroutine+local passes what was chosen: 1 passed, 0 failed, 1 unsupported, 0 known to fail\n", ""},
		{"conform --scenario bad/fails", nil, 1, "goroutine+local does not conform: 0 passed, 1 failed, 0 unsupported, 0 known to fail\n" +
			"  failed bad/fails: the command tells what came of it\n", "FAILED bad/fails on goroutine+local"},
		{"conform --scenario good/* --scenario bad/fails", []runner.KnownFailure{fails}, 0,
			"goroutine+local passes what was chosen but for known failures: 1 passed, 0 failed, 1 unsupported, 1 known to fail\n" +
				"  known-failure bad/fails: the command tells what came of it\n", ""},
		{"conform --scenario good/opens* --scenario bad/fails --repeat 3", []runner.KnownFailure{fails}, 0,
			"run 1, the first of 3 that failed as is known, of 3 runs:\nKNOWN-FAILURE bad/fails", ""},
		{"run --scenario bad/fails --engine *+local --repeat 3", []runner.KnownFailure{fails}, 1, "run 1, the first of 3 that failed as is known, of 3 runs:\nKNOWN-FAILURE", ""},
		{"conform --scenario good/needs*", nil, 1, "goroutine+local was not tested: 0 passed", "nothing passed"},
		{"conform --scenario good/needs* --engine *+local --engine subprocess+unix", nil, 1, "goroutine+local was not tested: 0 passed",
			"lahja: nothing passed on goroutine+local: every scenario chosen is unsupported there"},
		{"run --scenario good/needs* --engine *+local --engine subprocess+unix", nil, 0, "1 passed, 0 failed, 1 unsupported", ""},
		{"conform --scenario good/* --engine goroutine+unix", nil, 0, "goroutine+unix passes what was chosen: 1 passed", ""},
		{"conform", []runner.KnownFailure{{Scenario: "bad/failz", Reason: "a slip"}}, 2, "", "the known failure bad/failz (a slip) matches no scenario"},
		{"run --scenario good/opens* --engine *+local", []runner.KnownFailure{{Scenario: "good/opens*", Reason: "mended"}}, 1,
			"listed as a known failure (good/opens*: mended); remove the entry", ""},
		{"conform --json --scenario good/* --scenario bad/fails --engine *+local --engine goroutine+unix", []runner.KnownFailure{fails}, 1,
			`{"engine":"goroutine+unix","conclusion":"does not conform","passed":1,"failed":1,"unsupported":1,"known-failure":0}` + "\n" +
				`{"engine":"goroutine+local","conclusion":"passes what was chosen but for known failures","passed":1,"failed":0,"unsupported":1,"known-failure":1}` + "\n", ""},
		{"run --scenario bad/fails --engine goroutine*", []runner.KnownFailure{{Scenario: "bad/fails", Reason: "made to"}}, 1,
			fmt.Sprintf("0 passed, %d failed, 0 unsupported, 1 known to fail", failing), "FAILED bad/fails on goroutine+memory"},
		{"conform", []runner.KnownFailure{{Scenario: "bad/fails", Engine: "goroutine+memory", Reason: "not mine"}}, 2, "",
			`no engine is named "goroutine+memory" (did you mean goroutine+local`},
		{"run --scenario bad/fails --engine *+local", []runner.KnownFailure{fails}, 1, "bad/fails  ~\n~ known to fail\n", "nothing passed"},
		{"run --report report.txt", nil, 2, "", "none of the endings .md (Markdown), .json (JSON) and .xml (JUnit)"},
		{"run --scenario good/opens* --engine *+local --report missing/report.md", nil, 2, "", "missing/report.md cannot be written"},
		{"run --scenario good/opens* --engine *+local --report ../command --report testdata.md/", nil, 2, "", "none of the endings"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr, false, []runner.Suite{brought(c.known...)})
			if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("got exit code %d, want %d, with %q and %q:\n%s%s", code, c.code, c.stdout, c.stderr, &stdout, &stderr)
			}
		})
	}
}

func TestReports(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "--scenario", "good/*", "--engine", "goroutine+memory"}
	begins := map[string]string{"r.md": "# Conformance\n\n2 scenarios × 1 engines: 1 passed", "r.json": "{\n  \"format\": \"" + reports.Format + "\"", "r.xml": "<?xml"}
	for name := range begins {
		args = append(args, "--report", filepath.Join(dir, name))
	}
	_, stderr, code := invoke(t, args...)
	if code != exitcode.Passed {
		t.Fatalf("got exit code %d: %s", code, stderr)
	}
	for name, want := range begins {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.HasPrefix(string(data), want) {
			t.Errorf("%s: got %.60q (%v), want %q", name, data, err, want)
		}
		if !strings.Contains(stderr, "lahja: wrote "+filepath.Join(dir, name)+"\n") {
			t.Errorf("nothing says that %s was written: %q", name, stderr)
		}
	}
}
