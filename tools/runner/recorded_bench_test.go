package runner_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// fannedOut is how many events each of receivers gets in a run of fanOut.
const fannedOut, receivers = 20000, 10

// fanOut is one driver that broadcasts to many.
var fanOut = d.CaseFunc("bench/fan-out", "everybody receives what one driver broadcasts", func(*d.Env) []*d.Driver {
	all := []*d.Driver{d.New(d.ServeEndpoint("source"), d.Await("ready"),
		d.Do("broadcast", func(ctx context.Context, s *d.Scope) error {
			for n := range fannedOut {
				if err := lahja.Broadcast(ctx, s.Endpoint(), Tick{N: n}); err != nil {
					return err
				}
			}
			return nil
		}))}
	for i := range receivers {
		seen, done := 0, make(chan struct{})
		all = append(all, d.New(d.RunEndpoint(fmt.Sprint("receiver-", i)), d.ConnectToEndpoints("source"),
			d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error {
				if seen++; seen == fannedOut {
					close(done)
				}
				return nil
			}),
			d.WaitUntilConnectedTo("source"), d.Sync("source"), d.Signal("ready"),
			d.Within(time.Minute, d.Do("count", func(ctx context.Context, _ *d.Scope) error {
				select {
				case <-done:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}))))
	}
	return all
})

// BenchmarkRecording measures what recording adds: each scenario with and without it, in turn.
// The ratios are of the sums of their times, and of the processors' times, which other programs
// disturb less.
func BenchmarkRecording(b *testing.B) {
	memory, unix := engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())
	for _, c := range []struct {
		scenario d.Scenario
		engine   engine.Engine
	}{{connectBroadcastReceive, memory}, {connectBroadcastReceive, unix}, {fanOut, unix}} {
		b.Run(c.scenario.Name[len("bench/"):]+"/"+c.engine.Name(), func(b *testing.B) {
			var times, processors [2]time.Duration
			runners := [2]*runner.Runner{{Engine: c.engine, Records: -1, Exclusive: true}, {Engine: c.engine, Exclusive: true}}
			first := 0
			for b.Loop() {
				for _, k := range []int{first, 1 - first} {
					begun, used := time.Now(), cpuTime(b)
					pass(b, runners[k], c.scenario)
					times[k] += time.Since(begun)
					processors[k] += cpuTime(b) - used
				}
				first = 1 - first
			}
			b.ReportMetric(times[1].Seconds()/times[0].Seconds(), "recorded/without")
			b.ReportMetric(processors[1].Seconds()/processors[0].Seconds(), "recorded/without-CPU")
			b.ReportMetric(times[0].Seconds()*1000/float64(b.N), "ms-without")
		})
	}
}
