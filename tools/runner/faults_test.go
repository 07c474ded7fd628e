package runner_test

import (
	"slices"
	"strings"
	"testing"

	example "github.com/lahja/go-lahja/examples/explore"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
)

// faulty are the scenarios of faults that process engines run as virtual.Engine does.
func faulty() (all []drivers.Scenario) {
	for _, c := range slices.Concat(faultcases.Crashes, faultcases.Pauses, faultcases.Faults) {
		all = append(all, c.Scenario)
	}
	for _, b := range example.Bugs {
		all = append(all, b.Fixed)
	}
	return all
}

// TestDriversCrashAsProcesses runs on processes what virtual.TestCrashes runs in virtual time.
func TestDriversCrashAsProcesses(t *testing.T) { onProcesses(t, faultcases.Crashes) }

// TestDriversPauseAsProcesses runs on processes what virtual.TestPauses runs in virtual time.
func TestDriversPauseAsProcesses(t *testing.T) { onProcesses(t, faultcases.Pauses) }

// TestNetworkFaultsBetweenProcesses runs between processes what virtual.TestFaults runs in virtual
// time.
func TestNetworkFaultsBetweenProcesses(t *testing.T) {
	onProcesses(t, faultcases.Faults)
	onEngine(t, subprocess.On(transports.TLS()), faultcases.Faults[2:7])
}

func onProcesses(t *testing.T, cases []faultcases.Case) {
	onEngine(t, subprocess.On(transports.Unix()), cases)
	onEngine(t, subprocess.On(transports.TCP()), cases)
}

func onEngine(t *testing.T, e engine.Engine, cases []faultcases.Case) {
	for _, c := range cases {
		t.Run(e.Name()+"/"+c.Scenario.Name, func(t *testing.T) {
			report := (&runner.Runner{Engine: e}).Run(t.Context(), c.Scenario)
			if wrong := c.Judge(report.Verdict == runner.Passed, report.String()); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// TestMendedServicesSurviveTheirFaults runs the mended services of examples/explore as processes.
func TestMendedServicesSurviveTheirFaults(t *testing.T) {
	e := subprocess.On(transports.TCP())
	for _, b := range example.Bugs {
		t.Run(b.Fixed.Name, func(t *testing.T) {
			if missing := engine.Missing(e, b.Fixed.Needs); len(missing) > 0 {
				t.Skipf("it needs %v", missing)
			}
			if report := (&runner.Runner{Engine: e}).Run(t.Context(), b.Fixed); report.Verdict != runner.Passed {
				t.Error(report)
			}
		})
	}
}

// TestRestartIsRecorded pins that the recording keeps both lives of a driver apart.
func TestRestartIsRecorded(t *testing.T) {
	i := slices.IndexFunc(faultcases.Crashes, func(c faultcases.Case) bool {
		return strings.HasSuffix(c.Scenario.Name, "/what-serves-again-answers-again")
	})
	for _, e := range []engine.Engine{virtual.Engine{}, subprocess.On(transports.TCP())} {
		t.Run(e.Name(), func(t *testing.T) {
			r := runner.Runner{Engine: e, Store: &recording.Store{Dir: t.TempDir(), All: true}}
			report := r.Run(t.Context(), faultcases.Crashes[i].Scenario)
			if report.Verdict != runner.Passed {
				t.Fatal(report)
			}
			var course []string
			began := map[[2]int]bool{}
			for _, e := range report.Recording.Entries {
				if e.Driver != 0 {
					continue
				}
				switch key := [2]int{e.Step, e.Serial}; e.Kind {
				case recording.Ended, recording.Restarted, recording.Received:
					course = append(course, string(e.Kind))
				case recording.StepBegan:
					if began[key] {
						t.Errorf("step %d has the serial %d twice", e.Step, e.Serial)
					}
					began[key] = true
				}
			}
			if want := []string{"received", "ended", "restarted", "received", "ended"}; !slices.Equal(course, want) {
				t.Errorf("the server did %v, want %v", course, want)
			}
			if _, processes := e.(engine.ProcessEngine); !processes {
				return
			}
			started, exited := entries(report.Recording, 0, recording.Started), entries(report.Recording, 0, recording.Exited)
			if len(started) != 2 || len(exited) != 2 || started[0].PID == started[1].PID || exited[0].PID != started[0].PID || !strings.Contains(exited[0].Text, "killed") {
				t.Errorf("started %v, exited %v", started, exited)
			}
		})
	}
}
