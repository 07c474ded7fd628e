package runner_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var clientCounts = []int{20, 50, 100, 200, 500}

// hub is a scenario in which n clients meet, and each sends one server one request.
func hub(n int) drivers.Scenario {
	return drivers.Scenario{
		Name: fmt.Sprintf("bench/hub-%d", n),
		Rule: "every client is answered",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("hub")
			answer := func(ctx context.Context, _ *drivers.Scope, e lahja.Event[Question]) error {
				return e.Respond(ctx, Answer{})
			}
			all := []*drivers.Driver{drivers.New(drivers.ServeEndpoint(server), drivers.Subscribe(answer),
				drivers.Checkpoint("serving"), drivers.Checkpoint("answered"))}
			for i := range n {
				all = append(all, drivers.New(drivers.RunEndpoint(fmt.Sprintf("client-%d", i)), drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server), drivers.WaitUntilAnyEndpointSubscribedTo[Question](), drivers.Request(Question{}),
					drivers.Checkpoint("answered")))
			}
			return all
		},
	}
}

// BenchmarkHub measures what a driver costs that is a process, by how many there are.
// The cost of one is to be the same however many there are: look at the processor time,
// which depends little on what else the machine does.
func BenchmarkHub(b *testing.B) {
	for _, n := range clientCounts {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := &runner.Runner{Engine: subprocess.On(transports.Unix())}
			before := cpuTime(b)
			for b.Loop() {
				pass(b, r, hub(n))
			}
			drivers := float64(b.N * (n + 1))
			b.ReportMetric((cpuTime(b)-before).Seconds()*1000/drivers, "cpu-ms/driver")
			b.ReportMetric(b.Elapsed().Seconds()*1000/drivers, "ms/driver")
		})
	}
}
