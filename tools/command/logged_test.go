package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// counted is a scenario whose runs are counted in a file, a byte each, over the
// command's end. What becomes of the run is told by its number.
func counted(name string, outcome func(run int) error) drivers.Scenario {
	return drivers.Scenario{Name: name, Rule: "the log tells what came of it", Drivers: func(env *drivers.Env) []*drivers.Driver {
		path := filepath.Join(env.Param("state", ""), strings.ReplaceAll(name, "/", "-"))
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("counts"), drivers.Do("count", func(context.Context, *drivers.Scope) error {
			file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			_, err = file.WriteString(".")
			info, statErr := os.Stat(path)
			if err := errors.Join(err, file.Close(), statErr); err != nil {
				return err
			}
			return outcome(int(info.Size()))
		}))}
	}}
}

// at fails in the runs of these numbers.
func at(numbers ...int) func(int) error {
	return func(run int) error {
		if slices.Contains(numbers, run) {
			return fmt.Errorf("on purpose in run %d", run)
		}
		return nil
	}
}

var counting = runner.Suite{Scenarios: []drivers.Scenario{
	counted("count/passes", at()),
	counted("count/fails-second", at(2)),
	counted("count/fails", at(1, 2, 3, 4, 5, 6, 7, 8, 9)),
	counted("count/kills", func(run int) error {
		if run == 3 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			return self.Kill()
		}
		return nil
	}),
	counted("count/removes-the-program", func(run int) error {
		if run < 2 {
			return nil
		}
		program, err := os.Executable()
		return errors.Join(err, os.Remove(program))
	}),
	{Name: "count/needs-a-process", Rule: "it is unsupported", Needs: []engine.Need{engine.ProcessIsolation},
		Drivers: func(*drivers.Env) []*drivers.Driver { return nil }},
}}

// commandEnv has the test binary be the command.
const commandEnv = "LAHJA_TEST_COMMAND"

// becomeCommand is the command in the process of a test.
func becomeCommand() {
	if os.Getenv(commandEnv) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, false, []runner.Suite{counting}))
	}
}

// place is a folder with the log and what scenarios count.
type place struct {
	dir, log string
}

func newPlace(t *testing.T) place {
	dir := t.TempDir()
	return place{dir, filepath.Join(dir, "runs.log")}
}

func (p place) args(args string) []string {
	return append(strings.Fields(args), "--engine", "goroutine+memory", "--log", p.log, "--param", "state="+p.dir)
}

// run runs the command there and checks how it ends.
func (p place) run(t *testing.T, args string, want int) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), p.args(args), &out, &errs, false, []runner.Suite{counting}); code != want {
		t.Errorf("%s: got exit code %d, want %d:\n%s%s", args, code, want, &out, &errs)
	}
	return out.String(), errs.String()
}

// entries is what stands in the log, in short.
func (p place) entries(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, text := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		var l struct {
			Scenario, Verdict string
			Run               int
		}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if i > 0 {
			all = append(all, fmt.Sprintf("%s %d %s", strings.TrimPrefix(l.Scenario, "count/"), l.Run, l.Verdict))
		}
	}
	return strings.Join(all, ", ")
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in:\n%s", want, text)
		}
	}
}

func TestLogIsGoneOnWith(t *testing.T) {
	p := newPlace(t)
	stdout, stderr := p.run(t, "run --repeat 2 --scenario count/passes", exitcode.Passed)
	contains(t, stderr, "runs.log: of 1 rows (one scenario on one engine), 0 passed 2 times in a row, 0 are unsupported or known to fail, 1 are left with 2 runs\n")
	contains(t, stdout, "(2 runs)", "1 passed 2 times in a row, 0 are unsupported or known to fail, 0 are left\n")

	_, stderr = p.run(t, "run --repeat 2 --scenario count/passes", exitcode.Passed)
	contains(t, stderr, "1 passed 2 times in a row")
	if got, want := p.entries(t), "passes 1 passed, passes 2 passed"; got != want {
		t.Errorf("got %s, want %s: what passed twice is run again", got, want)
	}

	// The one that is behind catches up, and then both go on in turn.
	stdout, _ = p.run(t, "run --repeat 3 --scenario count/passes --scenario count/fails-second", exitcode.Failed)
	want := "passes 1 passed, passes 2 passed, fails-second 1 passed, fails-second 2 failed, passes 3 passed, fails-second 3 passed"
	if got := p.entries(t); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	contains(t, stdout, "FAILED count/fails-second", "1 passed 3 times in a row, 0 are unsupported or known to fail, 1 are left with 2 runs that take about",
		"  count/fails-second on goroutine+memory: 1 of 3 runs failed, the last was run 2; 1 in a row since: counts, action 1, Do(\"count\"): on purpose in run 2\n")

	stdout, _ = p.run(t, "run --repeat 3 --scenario count/passes --scenario count/fails-second", exitcode.Passed)
	if got := p.entries(t); got != want+", fails-second 4 passed, fails-second 5 passed" {
		t.Errorf("got %s", got)
	}
	contains(t, stdout, "2 passed 3 times in a row", "1 of 5 runs failed, the last was run 2; 3 in a row since")
}

func TestLogHasTheLinesOfJSON(t *testing.T) {
	p := newPlace(t)
	const args = "run --json --repeat 2 --scenario count/passes --scenario count/fails-second"
	lines, _ := p.run(t, args, exitcode.Failed)
	resumed, _ := p.run(t, args, exitcode.Passed)
	data, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	_, logged, _ := strings.Cut(string(data), "\n")
	if logged != lines+resumed || strings.Count(resumed, "\n") != 2 {
		t.Errorf("got the lines\n%sand\n%swant those of the log\n%s", lines, resumed, logged)
	}
	contains(t, lines, `"report":"FAILED count/fails-second`)
}

func TestLogOfWhatFailsOnAndOnEnds(t *testing.T) {
	p := newPlace(t)
	stdout, _ := p.run(t, "run --repeat 3 --scenario count/fails", exitcode.Failed)
	contains(t, stdout, "3 of 3 runs failed, the last was run 3; 0 in a row since", "1 are left with 3 runs")
	if got, want := p.entries(t), "fails 1 failed, fails 2 failed, fails 3 failed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUnsupportedIsNotRepeated(t *testing.T) {
	p := newPlace(t)
	for i, left := range []string{"1 are left with 3 runs", "0 are left"} {
		stdout, stderr := p.run(t, "run --repeat 3 --scenario count/needs* --scenario count/passes", exitcode.Passed)
		contains(t, stdout, "count/needs-a-process  -\n", "1 passed 3 times in a row, 1 are unsupported or known to fail, 0 are left")
		contains(t, stderr, fmt.Sprintf("%d passed 3 times in a row, 1 are unsupported or known to fail, %s", i, left))
	}
	if got, want := p.entries(t), "passes 1 passed, needs-a-process 1 unsupported, passes 2 passed, passes 3 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, stderr := newPlace(t).run(t, "run --repeat 3 --scenario count/needs*", exitcode.Failed)
	contains(t, stderr, "nothing passed")
}

// TestKilledCommand kills the command in its third run: the two before are in the log.
func TestKilledCommand(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	const args = "run --repeat 4 --scenario count/kills"
	out, err := p.command(t, program, args).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("got %v, want an end by SIGKILL:\n%s", err, out)
	}
	if got, want := p.entries(t), "kills 1 passed, kills 2 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if out, err = p.command(t, program, args).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	contains(t, string(out), "1 are left with 2 runs", "1 passed 4 times in a row")
	if got, want := p.entries(t), "kills 1 passed, kills 2 passed, kills 3 passed, kills 4 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// command is the command in a process of its own.
func (p place) command(t *testing.T, program, args string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), program, p.args(args)...)
	cmd.Env = append(os.Environ(), commandEnv+"=1")
	return cmd
}

// TestReplacedCommand takes the program's file away in the second run, of which nobody
// knows then on which build it would be counted.
func TestReplacedCommand(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	mine := filepath.Join(p.dir, "program")
	if err := os.WriteFile(mine, data, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := p.command(t, mine, "run --repeat 3 --scenario count/removes*").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitcode.Failed {
		t.Errorf("got %v, want exit code %d", err, exitcode.Failed)
	}
	contains(t, string(out), "was replaced while it ran, and children would be of another build")
	if got, want := p.entries(t), "removes-the-program 1 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTimeIsUp(t *testing.T) {
	p := newPlace(t)
	_, stderr := p.run(t, "run --repeat 2 --scenario count/passes --for 1ns", exitcode.Unfinished)
	contains(t, stderr, "lahja: 2 runs are left\n")
	p.run(t, "run --repeat 2 --scenario count/passes --for 1h", exitcode.Passed)
	p.run(t, "run --repeat 2 --scenario count/passes --for 1ns", exitcode.Passed) // There is nothing to do.

	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"conform", "--engine", "goroutine+memory", "--scenario", "good/*", "--for", "1ns"}, &out, &errs, false, []runner.Suite{suite})
	if code != exitcode.Unfinished || strings.Contains(out.String(), "conforms") {
		t.Errorf("got exit code %d, want %d, and no conclusion:\n%s%s", code, exitcode.Unfinished, &out, &errs)
	}
}

// TestTimeIsUpInTheMiddle has the time be up during the first run, which is finished.
func TestTimeIsUpInTheMiddle(t *testing.T) {
	const limit = 20 * time.Millisecond
	slow := runner.Suite{Scenarios: []drivers.Scenario{scenario("slow/first", nil, drivers.Sleep(2*limit)), scenario("slow/second", nil)}}
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"run", "--engine", "goroutine+memory", "--for", limit.String()}, &out, &errs, false, []runner.Suite{slow})
	if code != exitcode.Unfinished {
		t.Errorf("got exit code %d, want %d", code, exitcode.Unfinished)
	}
	contains(t, out.String(), "slow/first   .\n", "slow/second  ?\n")
}

func TestRefusedLogs(t *testing.T) {
	p := newPlace(t)
	p.run(t, "run --scenario count/passes", exitcode.Passed)
	before := p.entries(t)
	_, stderr := p.run(t, "run --scenario count/passes --seed 2 --timeout 7s", exitcode.Usage)
	contains(t, stderr, "these would be with --timeout 7s --action-timeout 5s --seed 2", "--log-reset")
	if got := p.entries(t); got != before {
		t.Errorf("a log that was refused is now %s", got)
	}

	data, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	otherBuild := bytes.Replace(data, []byte(`"build":"`), []byte(`"build":"0`), 1)
	if err := os.WriteFile(p.log, otherBuild, 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr = p.run(t, "run --scenario count/passes", exitcode.Usage)
	contains(t, stderr, "it is of another build", "name another file, or start this one anew with --log-reset")
	p.run(t, "run --scenario count/passes --log-reset", exitcode.Passed)
	if got, want := p.entries(t), "passes 1 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLogOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here: ", err)
	}
	p := newPlace(t)
	p.log = "/dev/full"
	stdout, stderr := p.run(t, "run --scenario count/passes", exitcode.Usage)
	contains(t, stderr, "log /dev/full: write a line", "no space left on device")
	if _, err := os.Stat(filepath.Join(p.dir, "count-passes")); err == nil || stdout != "" {
		t.Errorf("something was run (%v): %s", err, stdout)
	}
}

func TestLogFlags(t *testing.T) {
	for args, want := range map[string]string{
		"run --log-reset":         "name it with --log FILE",
		"run --for=0s":            "--for 0s: name a time that is more than 0",
		"run --for=-1s":           "--for -1s: name a time that is more than 0",
		"run --log missing/x.log": "no such file or directory",
		"conform --log x.log":     "unknown flag --log",
	} {
		if _, stderr, code := invoke(t, strings.Fields(args)...); code != exitcode.Usage || !strings.Contains(stderr, want) {
			t.Errorf("%s: got exit code %d and %q, want %q", args, code, stderr, want)
		}
	}
}
