package runner_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

var subprocessUnix = engine.Subprocess{Backends: []engine.Backend{engine.Unix()}}

// TestForgottenDispatch builds programs that forget to dispatch, and reads what
// they are told.
func TestForgottenDispatch(t *testing.T) {
	for name, want := range map[string][]string{
		"undispatched": {"runner.Dispatch was not called: make it the first line of main or TestMain"},
		"forgetful": {"the child exited with code 0 without running its driver: call runner.Dispatch first thing in main or TestMain",
			"this process is itself a child and may not start children"},
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), name)
			if out, err := exec.Command("go", "build", "-o", program, "./testdata/"+name).CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, out)
			}
			out, err := exec.Command(program).CombinedOutput()
			if err != nil {
				t.Fatalf("run: %v\n%s", err, out)
			}
			for _, w := range want {
				if !strings.Contains(string(out), w) {
					t.Errorf("got %s\nwant it to contain %q", out, w)
				}
			}
		})
	}
}

func TestUnknownToDispatch(t *testing.T) {
	unknown := waitForever
	unknown.Name = "verdict/unknown"
	impostor := engine.OnProcesses(engine.OverTransport{BackendName: "unix", New: func() lahja.Transport { return unix.Transport{} }})
	limited := engine.Unix().(engine.OverTransport)
	limited.Options.MaxPayload = 1234
	strange := engine.Subprocess{Backends: []engine.Backend{engine.OverTransport{BackendName: "strange"}}}
	for _, c := range []struct {
		engine   engine.Engine
		scenario drivers.Scenario
		want     string
	}{
		{subprocessUnix, unknown, `scenario "verdict/unknown" was not given to runner.Dispatch`},
		{impostor, waitForever, `engine subprocess+unix is not the one of that name which was given to runner.Dispatch`},
		{engine.OnProcesses(limited), waitForever, `engine subprocess+unix is not the one of that name which was given to runner.Dispatch`},
		{&subprocessUnix, unknown, `scenario "verdict/unknown" was not given to runner.Dispatch`},
		{nil, waitForever, "the Runner has no Engine"},
		{strange, waitForever, `engine subprocess+strange was not given to runner.Dispatch`},
	} {
		report := (&runner.Runner{Engine: c.engine}).Run(t.Context(), c.scenario)
		if report.Verdict != runner.Failed || !strings.Contains(report.Reason, c.want) {
			t.Errorf("got %s\nwant it to contain %q", report, c.want)
		}
	}
}

func TestBareDrivers(t *testing.T) {
	driver := func() *drivers.Driver { return drivers.New(drivers.RunEndpoint("alone")) }
	if err := runner.Drive(t.Context(), engine.OnGoroutines(engine.Memory()), driver()).Err(); err != nil {
		t.Errorf("on goroutines: %v", err)
	}
	report := runner.Drive(t.Context(), subprocessUnix, driver())
	if want := "bare drivers exist in this process alone"; !strings.Contains(report.Reason, want) {
		t.Errorf("on processes: got %s\nwant it to contain %q", report, want)
	}
}
