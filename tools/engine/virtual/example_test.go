package virtual_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/runner"
)

// A scenario that waits for an hour takes milliseconds.
func ExampleEngine() {
	r := runner.Runner{Engine: virtual.Engine{}}
	patient := drivers.Case("clock/hour", "an hour passes",
		drivers.New(drivers.NoEndpoint("clock"), drivers.Within(2*time.Hour, drivers.Sleep(time.Hour))))
	patient.Timeout = 3 * time.Hour
	report := r.Run(context.Background(), patient)
	fmt.Println(report.Verdict, "in", report.Virtual, "of its own, and less than a minute of ours:", report.Elapsed < time.Minute)
	// Output: passed in 1h0m0s of its own, and less than a minute of ours: true
}

// Messages take as long as the link says, in each direction.
func ExampleLink() {
	r := runner.Runner{Engine: virtual.Engine{Link: virtual.Link{Latency: virtual.Constant(50 * time.Millisecond)}}}
	report := r.Run(context.Background(), drivers.Case("ping/slow", "a round trip takes two latencies",
		drivers.New(drivers.ServeEndpoint("server")),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("server"),
			drivers.Do("measure", func(ctx context.Context, s *drivers.Scope) error {
				began := time.Now()
				if err := s.Endpoint().Sync(ctx, "server"); err != nil {
					return err
				}
				return s.Result("took", time.Since(began).Round(time.Millisecond).String())
			}))))
	var took string
	fmt.Println(report.Result("client", "took", &took), took)
	// Output: <nil> 100ms
}

// last lets the last of the choices go on.
type last struct{}

var _ virtual.Strategy = last{}

func (last) Pick(_ int, choices []virtual.Choice) int { return len(choices) - 1 }

// A strategy of your own decides who goes on. The schedule notes what it chose.
func ExampleNewSchedule() {
	schedule := virtual.NewSchedule(last{})
	r := runner.Runner{Engine: virtual.Engine{Schedule: schedule}}
	r.Run(context.Background(), drivers.Case("two/begin", "both drivers begin",
		drivers.New(drivers.NoEndpoint("a"), drivers.Checkpoint("met")),
		drivers.New(drivers.NoEndpoint("b"), drivers.Checkpoint("met"))))
	first := schedule.Steps()[0]
	fmt.Println(first.Actor, "began, as one of", first.Of)
	// Output: b began, as one of 2
}

// A driver crashes before a step of its own, and is started again.
func ExampleSchedule_CrashAt() {
	schedule, crash := virtual.NewSchedule(last{}), &virtual.Crash{Driver: "worker", Step: 1}
	schedule.CrashAt(crash)
	work := drivers.Do("work", func(context.Context, *drivers.Scope) error { return nil })
	r := runner.Runner{Engine: virtual.Engine{Schedule: schedule}}
	report := r.Run(context.Background(), drivers.Case("work/again", "a worker that crashed works again",
		drivers.New(drivers.NoEndpoint("worker"), work, work).OnRestart(work)))
	fmt.Println(report.Verdict, crash.Done)
	// Output: passed true
}
