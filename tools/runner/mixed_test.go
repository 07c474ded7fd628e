package runner_test

import (
	"context"
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// where is a scenario whose drivers say in which process they are.
var where = drivers.Scenario{
	Name: "where",
	Rule: "drivers are where their engine says",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		var all []*drivers.Driver
		for _, name := range []string{"first", "second", "third", "fourth"} {
			all = append(all, drivers.New(drivers.ServeEndpoint(env.Config(name)),
				drivers.Do("process", func(_ context.Context, s *drivers.Scope) error {
					return s.Result("process", os.Getpid())
				})))
		}
		return all
	},
}

func TestMixedDriversAreHereAndInProcessesInTurn(t *testing.T) {
	r := runner.Runner{Engine: subprocess.Mixed(transports.TCP(), transports.TCPUncompressed()), Exclusive: true}
	report := r.Run(t.Context(), where)
	if report.Verdict != runner.Passed {
		t.Fatal(report)
	}
	seen, want := map[int]bool{}, 1 // this process
	for driver, here := range map[string]bool{"first": true, "second": false, "third": true, "fourth": false} {
		var process int
		if err := report.Result(driver, "process", &process); err != nil {
			t.Fatal(err)
		}
		if (process == os.Getpid()) != here {
			t.Errorf("%s ran in process %d, and this one is %d", driver, process, os.Getpid())
		}
		if seen[process] = true; !here {
			want++
		}
	}
	if len(seen) != want {
		t.Errorf("got the processes %v, want this one and one for each driver that is not here, %d", seen, want)
	}
}

func TestMixedOnHostsIsRefused(t *testing.T) {
	r := runner.Runner{Engine: subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Mixed: true, Launcher: subprocess.Hosts{{Name: "east"}}}}
	if report := r.Run(t.Context(), where); report.Verdict != runner.Failed {
		t.Errorf("got %s, want failed, as drivers here are on no host", report.Verdict)
	}
}
