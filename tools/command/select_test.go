package command

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// chosen has scenarios to choose from.
var chosen = func() runner.Suite {
	var s runner.Suite
	for _, name := range []string{"close/a", "close/b", "close/sub/c", "open/a", "open/b", "open/[d]"} {
		one := scenario(name, nil)
		switch name {
		case "close/a":
			one.Labels = []string{"slow"}
		case "open/a":
			one.Labels = []string{"slow", "basic"}
		case "open/b":
			one.Labels = []string{"basic"}
		}
		s.Scenarios = append(s.Scenarios, one)
	}
	return s
}()

func invokeChosen(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), args, &out, &errs, false, []runner.Suite{chosen})
	return out.String(), errs.String(), code
}

func TestSelection(t *testing.T) {
	for args, want := range map[string]string{
		"":                                "close/a close/b close/sub/c open/a open/b open/[d]",
		"close":                           "close/a close/b close/sub/c",
		"close/*":                         "close/a close/b close/sub/c",
		"*/a":                             "close/a open/a",
		"*/[ab]":                          "close/a close/b open/a open/b",
		"{close/a,open/b}":                "close/a open/b",
		"open/[d]":                        "open/[d]",
		"open/? close/a":                  "close/a open/a open/b",
		"close/a --scenario open":         "close/a open/a open/b open/[d]",
		"--skip close":                    "open/a open/b open/[d]",
		"close --skip */a --skip */sub/*": "close/b",
		"--label slow":                    "close/a open/a",
		"--label slow --label !basic":     "close/a",
		"--label !slow open":              "open/b open/[d]",
	} {
		stdout, stderr, code := invokeChosen(t, append([]string{"run", "--list", "--json"}, strings.Fields(args)...)...)
		var l listing
		if err := json.Unmarshal([]byte(stdout), &l); err != nil || code != exitcode.Passed {
			t.Errorf("%s: got exit code %d, %v: %s%s", args, code, err, stdout, stderr)
			continue
		}
		var got []string
		for _, s := range l.Scenarios {
			got = append(got, s.Name)
		}
		if strings.Join(got, " ") != want || len(l.Engines) != len(runner.Engines()) {
			t.Errorf("%s: got %q on %d engines, want %q", args, got, len(l.Engines), want)
		}
	}
	for args, want := range map[string]string{
		"clos":             `no scenario is named "clos"`,
		"close --skip opn": `no scenario is named "opn" (did you mean`,
		"--label slw":      `no scenario has the label "slw" (did you mean slow`,
		"open/[d":          `"open/[d" is no pattern`,
		"--shuffle=x":      `the seed is a whole number, not "x"`,
		"close --skip *":   "there are no scenarios to run",
	} {
		_, stderr, code := invokeChosen(t, append([]string{"run"}, strings.Fields(args)...)...)
		if code != exitcode.Usage || !strings.Contains(stderr, want) {
			t.Errorf("%s: got exit code %d and %q, want %q", args, code, stderr, want)
		}
	}
}

// TestFurtherEnginesRunOnlyIfNamed pins what Suite.Further is for.
func TestFurtherEnginesRunOnlyIfNamed(t *testing.T) {
	further := engine.OnGoroutines(transports.TCPUncompressed())
	suite := runner.Suite{Scenarios: []drivers.Scenario{scenario("open/a", nil).Needing(engine.SharedMemory)}, Further: []engine.Engine{further}}
	rows := func(args ...string) (on []string) {
		t.Helper()
		var out, errs strings.Builder
		if code := run(t.Context(), append([]string{"run", "open/a", "--json"}, args...), &out, &errs, false, []runner.Suite{suite}); code != exitcode.Passed {
			t.Fatalf("%v: got exit code %d: %s%s", args, code, out.String(), errs.String())
		}
		for row := range strings.Lines(out.String()) {
			var r reports.Run
			if err := json.Unmarshal([]byte(row), &r); err != nil {
				t.Fatal(err)
			}
			on = append(on, r.Engine)
		}
		return on
	}
	if on := rows(); len(on) != len(runner.Engines()) || slices.Contains(on, further.Name()) {
		t.Errorf("it ran on %v, want only the other engines", on)
	}
	if on := rows("--engine", further.Name()); !slices.Equal(on, []string{further.Name()}) {
		t.Errorf("it ran on %v, want %s", on, further.Name())
	}
	var out, errs strings.Builder
	run(t.Context(), []string{"run", "--list"}, &out, &errs, false, []runner.Suite{suite})
	if !regexp.MustCompile(`(?m)^goroutine\+tcp-uncompressed +\(only if named\) `).MatchString(out.String()) {
		t.Errorf("the list does not say that it runs only if it is named:\n%s", out.String())
	}
}

func TestListAsJSON(t *testing.T) {
	stdout, _, _ := invokeChosen(t, "run", "--list", "--json", "open/a", "--engine", "goroutine+memory")
	if want := regexp.MustCompile(`^\{"scenarios":\[\{"name":"open/a","rule":"the command tells what came of it","labels":\["slow","basic"\],"needs":\[\],` +
		`"location":"command_test.go:\d+"\}\],"engines":\[\{"name":"goroutine\+memory","capabilities":\{.*"max-payload":\d+.*\}\}\]\}\n$`); !want.MatchString(stdout) {
		t.Errorf("got %s", stdout)
	}
}

// order returns the scenarios in the order in which they ran.
func order(t *testing.T, stdout string) []string {
	t.Helper()
	var all []string
	for row := range strings.Lines(stdout) {
		var r reports.Run
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r.Scenario)
	}
	return all
}

func TestShuffle(t *testing.T) {
	args := []string{"run", "--json", "--engine", "goroutine+memory", "--repeat", "3"}
	stdout, _, _ := invokeChosen(t, args...)
	plain := order(t, stdout)
	stdout, stderr, _ := invokeChosen(t, append(args, "--shuffle")...)
	shuffled := order(t, stdout)
	seed := regexp.MustCompile(`^lahja: in random order; (--shuffle=\d+) repeats it\n`).FindStringSubmatch(stderr)
	if seed == nil {
		t.Fatalf("the seed is not printed: %q", stderr)
	}
	again, _, _ := invokeChosen(t, append(args, seed[1])...)
	if got := order(t, again); !slices.Equal(got, shuffled) {
		t.Errorf("%s: got %q, want %q again", seed[1], got, shuffled)
	}
	if slices.Equal(plain, shuffled) || slices.Equal(shuffled[:6], shuffled[6:12]) && slices.Equal(shuffled[:6], shuffled[12:]) {
		t.Errorf("the order is not random: %q", shuffled)
	}
	slices.Sort(plain)
	slices.Sort(shuffled)
	if !slices.Equal(plain, shuffled) {
		t.Errorf("shuffled, other scenarios ran: %q, want %q", shuffled, plain)
	}
}

func TestFailFast(t *testing.T) {
	stdout, stderr, code := invoke(t, "run", "bad/fails", "good/opens*", "--fail-fast", "--engine", "goroutine+memory", "--repeat", "5")
	if code != exitcode.Failed || !strings.Contains(stderr, "lahja: stopped at the first failure (--fail-fast)\n") {
		t.Errorf("got exit code %d and %q", code, stderr)
	}
	contains(t, stdout, "\n1 passed, 1 failed, 0 unsupported, 0 not run in ") // Without --fail-fast, they say (10 runs).
}

func TestFailed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	on := []string{"run", "--engine", "goroutine+memory", "--engine", "goroutine+unix"}
	_, stderr, code := invoke(t, append(on, "--failed")...)
	if want := "nothing failed the last time"; code != exitcode.Usage || !strings.Contains(stderr, want) {
		t.Errorf("before the first failure: got exit code %d and %q, want %q", code, stderr, want)
	}
	invoke(t, append(on[:3:3], "bad/fails", "good/opens*")...)
	invoke(t, "run", "--engine", "goroutine+unix", "--timeout", "50ms", "bad/waits")
	invoke(t, append(on, "good")...) // What passes does not hide the rest.
	stdout, _, code := invoke(t, append(on, "--failed", "--timeout", "50ms")...)
	if code != exitcode.Failed {
		t.Errorf("got exit code %d, want %d", code, exitcode.Failed)
	}
	contains(t, stdout, "           a b\nbad/fails  x\nbad/waits    x\nx failed\n")
	contains(t, stdout, "0 passed, 2 failed, 0 unsupported, 0 not run")
}

func TestVersion(t *testing.T) {
	stdout, _, code := invoke(t, "--version")
	if code != exitcode.Passed || !regexp.MustCompile(`^command\.test\S* \S+.*, go1\.\S+.* \w+/\w+\n$`).MatchString(stdout) {
		t.Errorf("got exit code %d and %q", code, stdout)
	}
}

// TestOverview pins that the command alone says on one screen what it can do.
func TestOverview(t *testing.T) {
	stdout, _, code := invoke(t)
	name := "command.test"
	want := fmt.Sprintf(`Run declarative scenarios of several endpoints on goroutines or processes, over
any transport.

  run         Run scenarios on engines and show which passed.
  conform     Run scenarios on the engines of this program (--engine chooses
              others) and show which engines conform.
  vet         Show what passes by luck: by an order that nothing enforces.
  explore     Find an order of steps in which a scenario fails.
  diff        Run scenarios on two engines and show the first difference that a
              driver saw.
  show        Show a recorded run: the last one that failed, or another.
  diagram     Draw what scenarios declare, without running them.
  completion  Print the script that completes command lines in a shell.

Examples:

  %[1]s run                      everything, on every engine
  %[1]s run bad --engine 'sub*'  one topic, with drivers as processes
  %[1]s run --failed             what failed the last time

It has %d scenarios and %d engines: %[1]s run --list lists them.
%[1]s COMMAND --help explains a command.
`, name, len(suite.Scenarios), len(runner.Engines()))
	if got := regexp.MustCompile(` {2,}(everything|one topic|what failed)`).ReplaceAllString(stdout, "  $1"); code != exitcode.Passed ||
		got != regexp.MustCompile(` {2,}(everything|one topic|what failed)`).ReplaceAllString(want, "  $1") {
		t.Errorf("got exit code %d and\n%s\nwant\n%s", code, stdout, want)
	}
	fits(t, stdout, 80, 24)
}

// fits expects text to fit a screen.
func fits(t *testing.T, text string, width, height int) {
	t.Helper()
	if lines := strings.Count(text, "\n"); lines >= height {
		t.Errorf("%d lines do not fit a screen of %d", lines, height)
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
			t.Errorf("a line of %d characters does not fit %d: %s", n, width, line)
		}
	}
}

func TestCompletion(t *testing.T) {
	for words, want := range map[string]string{
		"":                             "run conform vet explore diff show diagram completion",
		"r":                            "run",
		"run ":                         "close open close/a close/b close/sub/c open/a open/b open/[d]",
		"run close/s":                  "close/sub/c",
		"run --color ":                 "auto always never",
		"run --color=a":                "--color=auto --color=always",
		"run --color = a":              "auto always",
		"run --label ":                 "basic slow",
		"run --engine goroutine+m":     "goroutine+memory",
		"run --sk":                     "--skip",
		"run --verbose --ti":           "--timeout --times",
		"run -v open/a --skip close/a": "close/a",
		"diff open/":                   "open/a open/b open/[d]",
		"diff open/a goroutine+m":      "goroutine+memory",
		"completion ":                  "bash zsh fish",
		"run --nonsense":               "",
	} {
		stdout, _, code := invokeChosen(t, append([]string{completeFlag}, strings.Split(words, " ")...)...)
		if got := strings.Join(strings.Fields(stdout), " "); got != want || code != exitcode.Passed {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}

// TestCompletionInBash has bash complete a command line of this program.
func TestCompletionInBash(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
	script, _, code := invoke(t, "completion", "bash")
	if code != exitcode.Passed {
		t.Fatalf("got exit code %d", code)
	}
	for line, want := range map[string]string{"run tidy/0": "tidy/00 tidy/01 tidy/02 tidy/03 tidy/04 tidy/05 tidy/06 tidy/07 tidy/08 tidy/09", "run --color alw": "always"} {
		words := append([]string{os.Args[0]}, strings.Fields(line)...)
		cmd := exec.Command("bash", "-c", script+fmt.Sprintf(`COMP_WORDS=("$@"); COMP_CWORD=%d; _command_test_complete; echo "${COMPREPLY[*]}"`, len(words)-1), "bash")
		cmd.Args = append(cmd.Args, words...)
		cmd.Env = append(os.Environ(), programEnv+"=untidy")
		out, err := cmd.CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", line, got, err, want)
		}
	}
}

// TestReaderThatHasSeenEnough closes the command's output before it writes.
func TestReaderThatHasSeenEnough(t *testing.T) {
	for _, args := range [][]string{nil, {"run", "--list"}, {"run", "--json", "tidy"}, {"run", "tidy"}} {
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := read.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], append(args, "--engine=goroutine+memory")[:len(args)+min(len(args), 1)]...)
		cmd.Env = append(os.Environ(), programEnv+"=untidy")
		var stderr strings.Builder
		cmd.Stdout, cmd.Stderr = write, &stderr
		err = cmd.Run()
		if err := write.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || stderr.Len() > 0 {
			t.Errorf("%q: got %v and %q, want a quiet end", args, err, &stderr)
		}
	}
}
