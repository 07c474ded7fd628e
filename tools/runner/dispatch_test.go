package runner_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var subprocessUnix = subprocess.Engine{Backends: []engine.Backend{transports.Unix()}}

// TestForgottenDispatch builds programs that forget to dispatch, and reads what
// they are told.
func TestForgottenDispatch(t *testing.T) {
	for name, want := range map[string][]string{
		"undispatched": {"runner.Dispatch was not called: make it the first line of main, or write func TestMain(m *testing.M) { runner.Main(m, scenarios) }"},
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
	impostor := subprocess.On(&transports.Backend{BackendName: "unix", New: func() p2p.Transport { return unix.Transport{} }})
	limited := *transports.Unix()
	limited.Options.MaxPayload = 1234
	strange := subprocess.Engine{Backends: []engine.Backend{&transports.Backend{BackendName: "strange"}}}
	for _, c := range []struct {
		engine   engine.Engine
		scenario drivers.Scenario
		want     string
	}{
		{subprocessUnix, unknown, `scenario "verdict/unknown" was not given to runner.Dispatch`},
		{impostor, waitForever, `engine subprocess+unix is not the one of that name which was given to runner.Dispatch`},
		{subprocess.On(&limited), waitForever, `engine subprocess+unix is not the one of that name which was given to runner.Dispatch`},
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
	if err := runner.Drive(t.Context(), engine.OnGoroutines(transports.Memory()), driver()).Err(); err != nil {
		t.Errorf("on goroutines: %v", err)
	}
	report := runner.Drive(t.Context(), subprocessUnix, driver())
	if want := "bare drivers exist in this process alone"; !strings.Contains(report.Reason, want) {
		t.Errorf("on processes: got %s\nwant it to contain %q", report, want)
	}
}

// backend can be compared; openable, which has a function, cannot.
type backend struct {
	engine.Backend
	name, address string
}

func (b backend) Name() string { return b.name }

type openable struct {
	backend
	_ func()
}

func TestDispatchRefusesOtherEnginesOfOneName(t *testing.T) {
	here, there := backend{name: "one", address: "here"}, backend{name: "one", address: "there"}
	function := openable{backend: backend{name: "function"}}
	pointer := &openable{backend: backend{name: "pointer"}}
	// The same test, run again.
	var first, second testing.T
	for does, c := range map[string]struct {
		calls  []runner.Suite
		panics bool
	}{
		"an equal one":                     {[]runner.Suite{on(here), on(here)}, false},
		"another one":                      {[]runner.Suite{on(here), on(there)}, true},
		"one with a function":              {[]runner.Suite{on(function), on(function)}, true},
		"a pointer":                        {[]runner.Suite{on(pointer), on(pointer)}, false},
		"another pointer":                  {[]runner.Suite{on(pointer), on(&openable{backend: backend{name: "pointer"}})}, true},
		"a built-in one":                   {[]runner.Suite{on(transports.Memory())}, false},
		"one named as a built-in one":      {[]runner.Suite{on(backend{name: "memory"})}, true},
		"another one of a later run":       {[]runner.Suite{of(&first, backend{name: "again", address: "here"}), of(&second, backend{name: "again", address: "there"})}, false},
		"another one of the same run":      {[]runner.Suite{of(&first, backend{name: "twice", address: "here"}), of(&first, backend{name: "twice", address: "there"})}, true},
		"another one than TestMain's":      {[]runner.Suite{on(backend{name: "main", address: "here"}), of(&first, backend{name: "main", address: "there"})}, true},
		"TestMain's, and then another one": {[]runner.Suite{on(pointer), of(&first, pointer), of(&second, &backend{name: "pointer"})}, true},
	} {
		t.Run(does, func(t *testing.T) {
			defer func() {
				if got := recover() != nil; got != c.panics {
					t.Errorf("got a panic %v, want %v", got, c.panics)
				}
			}()
			for _, suite := range c.calls {
				runner.Dispatch(suite)
			}
		})
	}
}

func on(b engine.Backend) runner.Suite {
	return runner.Suite{Engines: []engine.Engine{engine.OnGoroutines(b)}}
}

func of(test testing.TB, b engine.Backend) runner.Suite {
	suite := on(b)
	suite.Test = test
	return suite
}
