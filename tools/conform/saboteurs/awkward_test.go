package saboteurs_test

import (
	"sync"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// TestAwkwardBackendsPass pins that what is correct passes every scenario with the
// default timeouts, however slow or unusual it is.
func TestAwkwardBackendsPass(t *testing.T) {
	t.Parallel()
	var cells []*cell
	for _, o := range saboteurs.Awkward() {
		cells = append(cells, everyScenario(engine.OnGoroutines(o.Backend))...)
	}
	patient.run(t, cells)
	allPass(t, cells)
}

func everyScenario(e engine.Engine) (cells []*cell) {
	for _, s := range scenarios.All() {
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
}

// TestAddressesOfKilledProcessesAreAwaited pins that nobody takes the address of a process
// that was killed before that has been waited for. Here that takes 300 ms, and an address
// that is taken before is an error.
func TestAddressesOfKilledProcessesAreAwaited(t *testing.T) {
	t.Parallel()
	late := engine.Host{Name: "late", Command: []string{"sh", "-c", `"$@"; code=$?; sleep 0.3; exit $code`, "sh"}}
	var all sync.WaitGroup
	for _, o := range saboteurs.AwkwardOnProcesses() {
		if o.Name() != "holds-addresses" {
			continue
		}
		e := engine.Subprocess{Backends: []engine.Backend{o.Backend}, Hosts: []engine.Host{late}}
		for _, name := range []string{"crash/leaves-the-name-free", "reconnect/to-a-successor"} {
			all.Go(func() {
				r := runner.Runner{Engine: e}
				if report := r.Run(t.Context(), scenarioNamed(t, name)); report.Verdict != runner.Passed {
					t.Error(report)
				}
			})
		}
	}
	all.Wait()
}
