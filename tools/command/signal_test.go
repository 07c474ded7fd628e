package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// programEnv has the test binary be the command with one of the suites of programs.
const programEnv = "LAHJA_TEST_PROGRAM"

// ofPrograms are the suites of programs.
var ofPrograms = map[string]runner.Suite{"slow": slow, "untidy": untidy, "crowd": crowd, "screens": screens}

// screens has enough scenarios for topics, one of which fails.
var screens = runner.Suite{Scenarios: append(append(tidy(12), suite.Scenarios[:3]...), slow.Scenarios[0])}

// slow are scenarios that go on until they are stopped, and after that.
var slow = runner.Suite{Scenarios: []drivers.Scenario{
	scenario("slow/waits", nil, drivers.Within(time.Hour, drivers.Do("wait", func(ctx context.Context, s *drivers.Scope) error {
		if subprocess.IsChild() {
			fmt.Println("it prints")
		}
		s.Logf("it waits")
		<-ctx.Done()
		return ctx.Err()
	}))),
	scenario("slow/ignores", nil, drivers.Within(time.Hour, drivers.Do("block", func(ctx context.Context, s *drivers.Scope) error {
		s.Logf("it blocks")
		<-time.After(time.Minute)
		return nil
	}))),
	scenario("slow/passes", nil),
}}

// started is the command in a process, which has printed a line with until on stderr.
func started(t *testing.T, until string, args ...string) (cmd *exec.Cmd, rest func() string) {
	t.Helper()
	cmd = exec.Command(os.Args[0], append([]string{"run", "--verbose"}, args...)...)
	cmd.Env = append(os.Environ(), programEnv+"=slow")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	var all strings.Builder
	for lines.Scan() {
		fmt.Fprintln(&all, lines.Text())
		if strings.Contains(lines.Text(), until) {
			break
		}
	}
	return cmd, func() string {
		for lines.Scan() {
			fmt.Fprintln(&all, lines.Text())
		}
		return all.String()
	}
}

func TestInterruptSaysWhereDriversStand(t *testing.T) {
	for engineName, prints := range map[string]string{"goroutine+memory": "alone | it waits\n", "subprocess+unix": "alone | it prints\n"} {
		for parallel, others := range map[string][]string{"1": {"--scenario", "slow/passes"}, "2": nil} {
			t.Run(engineName+" "+parallel, func(t *testing.T) {
				args := append([]string{"--engine", engineName, "--scenario", "slow/waits", "--parallel", parallel}, others...)
				interruptSays(t, engineName, prints, 1+len(others)/2, args)
			})
		}
	}
}

// interruptSays interrupts the command, and expects it to say where the driver stood and
// how many did not run.
func interruptSays(t *testing.T, engineName, prints string, notRun int, args []string) {
	report := filepath.Join(t.TempDir(), "report.json")
	// What a driver logs comes behind its step; what its process prints takes another way.
	cmd, rest := started(t, "alone | it waits", append(args, "--report", report)...)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	out := rest()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitcode.Interrupted {
		t.Errorf("got %v, want exit code %d", err, exitcode.Interrupted)
	}
	for _, want := range []string{
		"slow/waits on " + engineName + ":\n", prints,
		"lahja: interrupted in slow/waits on " + engineName + ", with the drivers at:\n    alone: action 1 of 1, Do(\"wait\"), signal_test.go:",
		fmt.Sprintf("lahja: interrupted; %d did not run; the results so far:\n", notRun),
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want the output to contain %q, got\n%s", want, out)
		}
	}
	data, err := os.ReadFile(report)
	for _, want := range []string{`"alone: action 1 of 1, Do(\"wait\")`, fmt.Sprintf(`"not-run": %d`, notRun)} {
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("got %v, want a report that contains %q:\n%s", err, want, data)
		}
	}
}

func TestSecondInterruptEndsTheCommandAtOnce(t *testing.T) {
	cmd, rest := started(t, "alone | it blocks", "--engine", "goroutine+memory", "--scenario", "slow/ignores")
	begun := time.Now()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rest()
		_ = cmd.Wait() // How it ended is looked at below.
	}()
	for again := time.NewTicker(10 * time.Millisecond); ; {
		select {
		case <-ended:
			again.Stop()
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT || time.Since(begun) > 900*time.Millisecond {
				t.Errorf("got %s after %v, want it ended by the signal at once", cmd.ProcessState, time.Since(begun))
			}
			return
		case <-again.C:
			_ = cmd.Process.Signal(os.Interrupt) // It may have ended.
		}
	}
}
