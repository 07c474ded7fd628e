package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestWhatWaitsRunsBesideTheRest has a scenario wait for what another one does that is run
// after it began, twice.
func TestWhatWaitsRunsBesideTheRest(t *testing.T) {
	worked := make(chan struct{})
	wait := drivers.Do("wait for the other", func(ctx context.Context, _ *drivers.Scope) error {
		select {
		case worked <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	waiting := drivers.Scenario{Name: "made/to-wait", Rule: "it waits", Rests: "at rest", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("waits"), drivers.Checkpoint("at rest"), wait),
			drivers.New(drivers.NoEndpoint("too"), drivers.Checkpoint("at rest")),
		}
	}}
	working := scenario("made/to-work", nil, drivers.Do("work", func(context.Context, *drivers.Scope) error {
		<-worked
		return nil
	}))
	s := runner.Suite{Scenarios: []drivers.Scenario{waiting, working}}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"run", "--engine", "goroutine+memory", "--repeat", "2"}, &out, &errs, false, []runner.Suite{s}); code != exitcode.Passed {
		t.Errorf("got exit code %d, want %d:\n%s%s", code, exitcode.Passed, &out, &errs)
	}
	contains(t, out.String(), "2 passed, 0 failed, 0 unsupported, 0 not run (4 runs)")
}

// untidy has scenarios that leave something behind on a goroutine of the process that runs
// them, and others.
var untidy = runner.Suite{Scenarios: append(tidy(20),
	scenario("untidy/descriptor", nil, drivers.Do("open", func(context.Context, *drivers.Scope) error {
		_, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		return err
	})),
	scenario("untidy/goroutine", nil, drivers.Do("go", func(context.Context, *drivers.Scope) error {
		go func() { select {} }()
		return nil
	})),
	scenario("untidy/process", nil, drivers.Do("start", func(context.Context, *drivers.Scope) error {
		return exec.Command("sleep", "60").Start()
	})),
	scenario("untidy/exit", nil, drivers.Do("exit", func(context.Context, *drivers.Scope) error {
		fmt.Println("what it printed last")
		os.Exit(7)
		return nil
	})),
	scenario("untidy/control", nil, drivers.Do("write", func(context.Context, *drivers.Scope) error {
		_, err := syscall.Write(childproc.ControlFD, []byte("no message\n"))
		return err
	})),
)}

// tidy are scenarios that pass.
func tidy(n int) []drivers.Scenario {
	var all []drivers.Scenario
	for i := range n {
		all = append(all, scenario(fmt.Sprintf("tidy/%02d", i), nil, drivers.Sleep(time.Duration(i%3)*10*time.Millisecond)))
	}
	return all
}

// placeEnv is a directory in which every run of crowd has a file while it goes on.
const placeEnv = "LAHJA_TEST_PLACE"

// crowd has scenarios that run at once, and some that must not.
var crowd = func() runner.Suite {
	beAlone := func(name string, labels ...string) drivers.Scenario {
		s := scenario(name, nil, drivers.Do("be there", func(ctx context.Context, scope *drivers.Scope) error {
			file, err := os.CreateTemp(os.Getenv(placeEnv), "run-*")
			if err != nil {
				return err
			}
			defer os.Remove(file.Name())
			defer file.Close()
			if err := scope.Engine().Sleep(ctx, 20*time.Millisecond); err != nil {
				return err
			}
			others, err := os.ReadDir(os.Getenv(placeEnv))
			if err == nil && len(labels) > 0 && len(others) > 1 {
				err = fmt.Errorf("%d others run meanwhile", len(others)-1)
			}
			return err
		}))
		s.Labels = labels
		return s
	}
	s := runner.Suite{Scenarios: []drivers.Scenario{beAlone("alone/first", labelAlone), beAlone("alone/second", labelAlone)}}
	for i := range 8 {
		s.Scenarios = append(s.Scenarios, beAlone(fmt.Sprintf("crowd/%d", i)))
	}
	return s
}()

func TestAloneRunsAlone(t *testing.T) {
	t.Setenv(placeEnv, t.TempDir())
	stdout, stderr, code := program(t, "crowd", "run", "--parallel", "4", "--repeat", "4", "--engine", "goroutine+memory")
	if code != exitcode.Passed {
		t.Errorf("got exit code %d:\n%s%s", code, stdout, stderr)
	}
}

// program runs the test binary as the command with a suite of ofPrograms.
func program(t *testing.T, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), programEnv+"="+name)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestRunsAtOnceAreBlamedForWhatTheyLeaveBehind(t *testing.T) {
	stdout, stderr, code := program(t, "untidy", "run", "--json", "--parallel", "6", "--repeat", "3", "--engine", "goroutine+memory")
	if code != exitcode.Failed {
		t.Errorf("got exit code %d, want %d:\n%s", code, exitcode.Failed, stderr)
	}
	wants := map[string]string{
		"untidy/descriptor": "descriptor: ", "untidy/goroutine": "goroutine: 1 of driver alone", "untidy/process": "sleep 60 was left running",
		"untidy/exit":    "the process that ran the scenario ended with exit code 7",
		"untidy/control": "the process that ran the scenario ended with ",
	}
	runs := 0
	for row := range strings.Lines(stdout) {
		var r reports.Run
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatalf("%v: %s", err, row)
		}
		runs++
		want := wants[r.Scenario]
		if (r.Verdict == runner.Passed) != (want == "") || !strings.Contains(r.Reason, want) {
			t.Errorf("%s: got %s (%s), want %q", r.Scenario, r.Verdict, r.Reason, want)
		}
		if r.Scenario == "untidy/exit" && !strings.Contains(r.Report, "what it printed last") {
			t.Errorf("the report lacks the output:\n%s", r.Report)
		}
	}
	if want := 3 * len(untidy.Scenarios); runs != want {
		t.Errorf("got %d results, want %d", runs, want)
	}
}
