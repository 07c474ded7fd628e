package runner_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Tick is the event of the benchmarks.
type Tick struct{ N int }

var partyCounts = []int{2, 20, 100}

func benchmarked() []drivers.Scenario {
	scenarios := []drivers.Scenario{connectBroadcastReceive, fanOut}
	for _, n := range clientCounts {
		scenarios = append(scenarios, hub(n))
	}
	for _, n := range partyCounts {
		scenarios = append(scenarios, parties(n))
	}
	return scenarios
}

var connectBroadcastReceive = drivers.Scenario{
	Name: "bench/connect-broadcast-receive",
	Rule: "two drivers connect, and one receives what the other broadcasts",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Tick]()),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.ConnectToEndpoints(server),
				drivers.WaitAnyThenBroadcast(Tick{N: 1})),
		}
	},
}

// rounds is how many times the parties of a checkpoint meet in one run.
const rounds = 100

// parties is a scenario in which n drivers do nothing but meet.
func parties(n int) drivers.Scenario {
	return drivers.Scenario{
		Name: fmt.Sprintf("bench/checkpoint-%d", n),
		Rule: "parties meet at a checkpoint",
		Drivers: func(*drivers.Env) []*drivers.Driver {
			all := make([]*drivers.Driver, n)
			for i := range all {
				all[i] = drivers.New(drivers.NoEndpoint(fmt.Sprintf("party-%d", i)),
					drivers.Repeat(rounds, drivers.Checkpoint("meet")))
			}
			return all
		},
	}
}

func pass(b *testing.B, r *runner.Runner, s drivers.Scenario) {
	b.Helper()
	if err := r.Run(b.Context(), s).Err(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkScenario measures whole runs of a two-driver scenario, with every
// check on, one after the other.
func BenchmarkScenario(b *testing.B) {
	for _, e := range runner.Engines() {
		b.Run(e.Name(), func(b *testing.B) {
			r := &runner.Runner{Engine: e, Exclusive: true}
			for b.Loop() {
				pass(b, r, connectBroadcastReceive)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "scenarios/s")
		})
	}
}

// BenchmarkSubprocessBeside measures the two-driver scenario on processes, and
// what it costs just to start this binary twice, side by side, in turn within one
// run. The difference is what the framework adds.
func BenchmarkSubprocessBeside(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	r := &runner.Runner{Engine: subprocess.On(transports.Unix())}
	var framework, bare time.Duration
	for b.Loop() {
		start := time.Now()
		pass(b, r, connectBroadcastReceive)
		framework += time.Since(start)

		start = time.Now()
		startTwice(b, program)
		bare += time.Since(start)
	}
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(b.N) }
	b.ReportMetric(each(framework), "ms/scenario")
	b.ReportMetric(each(bare), "ms/bare")
	b.ReportMetric(each(framework-bare), "ms/added")
}

// startTwice starts this binary twice at once, with nothing to do: it lists no
// tests.
func startTwice(b *testing.B, program string) {
	b.Helper()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			cmd := exec.Command(program, "-test.run=^$", "-test.bench=^$")
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Errorf("start %s: %v\n%s", program, err, out)
			}
		})
	}
	both.Wait()
}

// BenchmarkCheckpoint measures a meeting of n parties: a run of many rounds,
// divided by the rounds.
func BenchmarkCheckpoint(b *testing.B) {
	cases := []struct {
		engine engine.Engine
		n      int
	}{
		{engine.OnGoroutines(transports.Memory()), 2},
		{engine.OnGoroutines(transports.Memory()), 100},
		{subprocess.On(transports.Unix()), 2},
		{subprocess.On(transports.Unix()), 20},
	}
	for _, c := range cases {
		b.Run(fmt.Sprintf("%s/%d", c.engine.Name(), c.n), func(b *testing.B) {
			r := &runner.Runner{Engine: c.engine}
			for b.Loop() {
				pass(b, r, parties(c.n))
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*rounds), "µs/round")
		})
	}
}
