package saboteurs_test

import (
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestAwkwardBackendsPass pins that every correct backend passes every scenario with the default
// timeouts, however slow or unusual it is.
func TestAwkwardBackendsPass(t *testing.T) {
	if race.Factor > 1 {
		t.Skip("the race detector makes what is slow ten times as slow, and so slower than the default timeouts bear; " +
			"the same scenarios run with it on the engines of this project")
	}
	t.Parallel()
	var cells []*cell
	for _, o := range saboteurs.Awkward() {
		cells = append(cells, cellsOf(engine.OnGoroutines(o.Backend), scenarios.All())...)
	}
	patient.run(t, cells)
	allPass(t, cells)
}

// TestAwkwardBackendsPassOnProcesses pins the same for the scenarios that need processes.
func TestAwkwardBackendsPassOnProcesses(t *testing.T) {
	t.Parallel()
	isolated := slices.DeleteFunc(scenarios.All(), func(s drivers.Scenario) bool {
		return !slices.ContainsFunc(s.Needs, func(n engine.Need) bool { return n == engine.ProcessIsolation || n == engine.DriverPauses })
	})
	var cells []*cell
	for _, o := range saboteurs.AwkwardOnProcesses() {
		cells = append(cells, cellsOf(subprocess.On(o.Backend), isolated)...)
	}
	working.run(t, cells)
	allPass(t, cells)
}

// TestAddressesOfKilledProcessesAreAwaited pins that nobody takes the address of a killed
// process before the process has been reaped. Here that takes 300 ms, and taking the address
// earlier is an error.
func TestAddressesOfKilledProcessesAreAwaited(t *testing.T) {
	t.Parallel()
	late := subprocess.Host{Name: "late", Command: []string{"sh", "-c", `"$@"; code=$?; sleep 0.3; exit $code`, "sh"}}
	var cells []*cell
	for _, o := range saboteurs.AwkwardOnProcesses() {
		if o.Name() == "holds-addresses" {
			e := subprocess.Engine{Backends: []engine.Backend{o.Backend}, Launcher: subprocess.Hosts{late}}
			cells = cellsOf(e, []drivers.Scenario{scenarioNamed(t, "crash/leaves-the-name-free"), scenarioNamed(t, "reconnect/to-a-successor")})
		}
	}
	working.run(t, cells)
	allPass(t, cells)
}

func cellsOf(e engine.Engine, all []drivers.Scenario) (cells []*cell) {
	for _, s := range all {
		cells = append(cells, &cell{engine: e, scenario: s})
	}
	return cells
}

func allPass(t *testing.T, cells []*cell) {
	t.Helper()
	for _, c := range cells {
		t.Run(c.engine.Name()+"/"+c.scenario.Name, func(t *testing.T) {
			switch c.report.Verdict {
			case runner.Unsupported:
				t.Skip(c.report.Reason)
			case runner.Failed:
				t.Error(c.report)
			}
		})
	}
	if len(cells) == 0 {
		t.Error("nothing was run")
	}
}
