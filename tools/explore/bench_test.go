package explore_test

import (
	"context"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/runner"
)

type (
	Ping struct {
		lahja.Expects[Pong]
		N int
	}
	Pong struct{ N int }
)

func (Ping) EventName() string { return "explore/ping" }
func (Pong) EventName() string { return "explore/pong" }

// pings takes 30 s.
func pings() d.Scenario { return pingsWith(15 * time.Second) }

// pingsWith has two clients that make three requests each, with pauses between them.
func pingsWith(pause time.Duration) d.Scenario {
	client := func(name string) *d.Driver {
		return d.New(d.RunEndpoint(name), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Ping](),
			d.Request(Ping{N: 1}).Equal(Pong{1}), d.Within(time.Minute, d.Sleep(pause)),
			d.Request(Ping{N: 2}).Equal(Pong{2}), d.Within(time.Minute, d.Sleep(pause)),
			d.Request(Ping{N: 3}).Equal(Pong{3}))
	}
	return d.Case("explore/pings", "Requests are answered.",
		d.New(d.ServeEndpoint("server"), d.Serve(func(_ context.Context, _ *d.Scope, e lahja.Event[Ping]) (Pong, error) { return Pong{e.Data.N}, nil })),
		client("a"), client("b")).WithTimeout(time.Minute)
}

func TestMain(m *testing.M) {
	explore.Dispatch(all...)
	runner.Main(m, nil)
}

// BenchmarkSchedules runs random schedules, in this process and in one worker. Run it with -cpu 1.
func BenchmarkSchedules(b *testing.B) {
	for name, workers := range map[string]int{"here": -1, "worker": 1} {
		b.Run(name, func(b *testing.B) {
			r, err := explore.Scenario(b.Context(), pings(), explore.Options{Schedules: b.N, Workers: workers, Kinds: []explore.Kind{explore.Random}})
			if err != nil || r.Progress.Failures > 0 {
				b.Fatal(r, err)
			}
			b.ReportMetric(float64(r.Schedules)/b.Elapsed().Seconds(), "schedules/s")
		})
	}
}

// BenchmarkWithoutExploring runs the same scenario, and one without its sleep in memory, in real
// time: what is left for schedules to cost. Run it with -cpu 1.
func BenchmarkWithoutExploring(b *testing.B) {
	for name, c := range map[string]struct {
		engine   engine.Engine
		scenario d.Scenario
	}{
		"memory":  {engine.OnGoroutines(transports.Memory()), pingsWith(0)},
		"virtual": {virtual.Engine{}, pings()},
	} {
		b.Run(name, func(b *testing.B) {
			r := runner.Runner{Engine: c.engine}
			for range b.N {
				if report := r.Run(b.Context(), c.scenario); report.Verdict != runner.Passed {
					b.Fatal(report)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
		})
	}
}
