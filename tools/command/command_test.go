package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/glob"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

func scenario(name string, needs []engine.Need, actions ...drivers.Action) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "the command tells what came of it", Needs: needs, Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"), actions...)}
	}}
}

var suite = runner.Suite{Scenarios: []drivers.Scenario{
	scenario("good/opens-and-closes", nil),
	scenario("good/needs-a-process", []engine.Need{engine.ProcessIsolation}),
	scenario("bad/fails", nil, drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errors.New("on purpose") })),
	scenario("bad/waits", nil, drivers.Within(time.Hour, drivers.Do("wait", func(ctx context.Context, _ *drivers.Scope) error {
		<-ctx.Done()
		return ctx.Err()
	}))),
}}

// counts returns on how many of the built-in engines that match the suite's matching
// scenarios run, and on how many they are unsupported.
func counts(scenarios, engines string) (supported, unsupported int) {
	for _, s := range suite.Scenarios {
		for _, e := range runner.Engines() {
			switch {
			case !glob.Match(scenarios, s.Name) || !glob.Match(engines, e.Name()):
			case len(e.Capabilities().Missing(s.Needs)) > 0:
				unsupported++
			default:
				supported++
			}
		}
	}
	return supported, unsupported
}

func TestMain(m *testing.M) {
	becomeCommand()
	if s, ok := ofPrograms[os.Getenv(programEnv)]; ok {
		Main(s)
	}
	runner.Dispatch(suite, slow, runner.Suite{Scenarios: []drivers.Scenario{hopes, waits, loses}})
	os.Exit(withCache(m))
}

// withCache runs the tests with a cache of their own, which the commands that they start have too.
func withCache(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lahja-cache-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		if err := os.Setenv(name, dir); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// invoke runs the command line and returns what it printed and its exit code.
func invoke(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs, false, []runner.Suite{suite})
	return out.String(), errs.String(), code
}

func TestCommand(t *testing.T) {
	passed, unsupported := counts("good/*", "*")
	opens, _ := counts("good/opens*", "sub*")
	for _, c := range []struct {
		args   string
		code   int
		stdout []string
		stderr []string
	}{
		{"run --scenario good/*", 0, []string{"a goroutine+memory", "good/opens-and-closes  . .", "good/needs-a-process   - -", ". passed   - unsupported\n",
			fmt.Sprintf("%d passed, 0 failed, %d unsupported", passed, unsupported)}, nil},
		{"run --scenario bad/fails --engine goroutine+memory", 1, []string{"bad/fails  x\n", "x failed\n", "on purpose", "0 passed, 1 failed"},
			[]string{"FAILED bad/fails on goroutine+memory: alone, action 1, Do(\"fail\"): on purpose"}},
		{"run --scenario bad/waits --timeout 200ms --engine goroutine+memory", 1, []string{"the scenario was not done within 200ms"}, nil},
		{"run --scenario bad/* --timeout 200ms --engine goroutine+memory --engine goroutine+unix", 1,
			[]string{"FAILED bad/fails on goroutine+memory", "\n  failed alike on goroutine+unix\n\nFAILED bad/waits on goroutine+memory",
				"\n  failed alike on goroutine+unix\n\n0 passed, 4 failed"}, nil},
		{"run --scenario bad/fails --engine goroutine+memory --repeat 3", 1, []string{"run 1, the first of 3 that failed, of 3 runs:\nFAILED"}, nil},
		{"run --scenario good/needs* --engine goroutine*", 1, []string{"unsupported"}, []string{"nothing passed"}},
		{"run --scenario good/opens* --engine sub* --repeat 3", 0, []string{fmt.Sprintf("%d passed, 0 failed, 0 unsupported, 0 not run (%d runs)", opens, 3*opens)}, nil},
		{"run --scenario good/opens* --engine subprocess+unix,unix-uncompressed", 0, []string{"1 passed, 0 failed"}, nil},
		{"run --list", 0, []string{"bad/waits", "RULE", "subprocess+unix", "process-isolation"}, nil},
		{"run --scenario good/open", 2, nil, []string{`no scenario is named "good/open" (did you mean good/opens-and-closes`}},
		{"run --engine gorutine", 2, nil, []string{`no engine is named "gorutine" (did you mean goroutine+`}},
		{"run --scenario good/opens* --engine goroutine+memory --wait-for-debugger alone", 1, []string{"driver alone does not run in its own process"}, nil},
		{"run --repeat 0", 2, nil, []string{"repeat at least once"}},
		{"run --timeout 0s", 2, nil, []string{"must be more than 0"}},
		{"run --tiemout 1s", 2, nil, []string{"--tiemout"}},
		{"rum", 2, nil, []string{"rum"}},
		{"--help", 0, []string{"Run declarative scenarios", "run"}, nil},
	} {
		t.Run(c.args, func(t *testing.T) {
			stdout, stderr, code := invoke(t, strings.Fields(c.args)...)
			if code != c.code {
				t.Errorf("got exit code %d, want %d", code, c.code)
			}
			check := func(name, got string, wants []string) {
				for _, want := range wants {
					if !strings.Contains(got, want) {
						t.Errorf("%s does not contain %q:\n%s", name, want, got)
					}
				}
			}
			check("stdout", stdout, c.stdout)
			check("stderr", stderr, c.stderr)
		})
	}
}

func TestFailuresAreAnnotatedInGitHubActions(t *testing.T) {
	t.Setenv("GITHUB_WORKSPACE", "")
	for actions, want := range map[string]int{"": 0, "true": 2} {
		t.Setenv("GITHUB_ACTIONS", actions)
		_, stderr, _ := invoke(t, "run", "--json", "--engine", "goroutine+memory", "--engine", "goroutine+unix", "--scenario", "good/opens-and-closes", "--scenario", "bad/fails")
		got := regexp.MustCompile(`(?m)^::error file=\S*command_test.go,line=\d+::bad/fails on goroutine\+(memory|unix): `).FindAllString(stderr, -1)
		if len(got) != want || strings.Count(stderr, "::error") != want {
			t.Errorf("GITHUB_ACTIONS=%s: got %q, want %d annotations in:\n%s", actions, got, want, stderr)
		}
	}
}

func TestJSON(t *testing.T) {
	stdout, _, code := invoke(t, "run", "--json", "--engine", "goroutine+memory", "--scenario", "good/*", "--scenario", "bad/fails", "--repeat", "2")
	if code != exitcode.Failed {
		t.Errorf("got exit code %d, want %d", code, exitcode.Failed)
	}
	verdicts := map[string][]string{}
	for row := range strings.Lines(stdout) {
		var l reports.Run
		decoder := json.NewDecoder(strings.NewReader(row))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&l); err != nil {
			t.Fatalf("%v: %s", err, row)
		}
		if (l.Report == "") != (l.Verdict != runner.Failed) || l.Number < 1 || l.File != "command_test.go" || l.Line < 1 {
			t.Errorf("got %s", row)
		}
		if l.Seconds <= 0 && l.Verdict != runner.Unsupported || l.Engine != "goroutine+memory" || (l.Reason == "") != (l.Verdict == runner.Passed) {
			t.Errorf("got %s", row)
		}
		verdicts[l.Scenario] = append(verdicts[l.Scenario], string(l.Verdict))
	}
	for name, want := range map[string]string{"good/opens-and-closes": "passed", "good/needs-a-process": "unsupported", "bad/fails": "failed"} {
		if got := strings.Join(verdicts[name], " "); got != want+" "+want {
			t.Errorf("%s: got %q, want %s twice", name, got, want)
		}
	}
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	for _, args := range [][]string{{"run", "--json"}, {"run"}} {
		var stderr bytes.Buffer
		args = append(args, "--engine", "goroutine+memory", "--scenario", "good/opens*")
		if code := run(t.Context(), args, full{}, &stderr, false, []runner.Suite{suite}); code != exitcode.Failed || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: got exit code %d and %q", args, code, &stderr)
		}
	}
}

func TestReportsOfAnInterruptedRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ends := suite
	ends.Scenarios = append(slices.Clone(suite.Scenarios[:1]), scenario("ends/the-command", nil,
		drivers.Do("interrupt", func(ctx context.Context, _ *drivers.Scope) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		})))
	dir := t.TempDir()
	args := []string{"run", "--engine", "goroutine+memory"}
	wants := map[string]string{
		"r.md": "**Interrupted** (the command was interrupted): the results of 1 of 2 runs follow.\nThe drivers were at:\n\n    alone: action 1 of 1, Do(\"interrupt\")",
		"r.json": `"interrupted": "the command was interrupted",
  "stood": [
    "alone: action 1 of 1, Do(\"interrupt\")`,
		"r.xml": `<error message="the command was interrupted: 1 of 2 runs have results">alone: action 1 of 1, Do(`,
	}
	for name := range wants {
		args = append(args, "--report", filepath.Join(dir, name))
	}
	var stdout, stderr bytes.Buffer
	if code := run(ctx, args, &stdout, &stderr, false, []runner.Suite{ends}); code != exitcode.Interrupted || !strings.Contains(stdout.String(), "1 passed, 0 failed") {
		t.Errorf("got exit code %d, want %d:\n%s%s", code, exitcode.Interrupted, &stdout, &stderr)
	}
	for name, want := range wants {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(data), want) || strings.Contains(string(data), "cancelled") {
			t.Errorf("%s: got %v, want it to contain %q:\n%s", name, err, want, data)
		}
		if !strings.Contains(stderr.String(), "lahja: wrote "+path+"\n") {
			t.Errorf("nothing says that %s was written:\n%s", name, &stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"run", "--engine", "goroutine+memory"}, &stdout, &stderr, false, []runner.Suite{suite})
	if code != exitcode.Interrupted || !strings.Contains(stderr.String(), "interrupted") || !strings.Contains(stdout.String(), "not run") {
		t.Errorf("got exit code %d and %q", code, &stderr)
	}
}
