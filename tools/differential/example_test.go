package differential_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/differential"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// A scenario on two engines: do its drivers see the same?
func ExampleRun() {
	ticks := drivers.Case("ticks/arrive", "the server receives what the client sends",
		drivers.New(drivers.ServeEndpoint("server"), drivers.Receives(Tick{N: 1})),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("server"), drivers.WaitAnyThenBroadcast(Tick{N: 1})))
	c := differential.Run(context.Background(), runner.Runner{}, ticks,
		engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(transports.TCP()))
	fmt.Println(c.Verdict, c.Err())
	// Output: same <nil>
}

// The first difference that a driver saw says where two engines part. Here the client asks for the
// engine's name, which no scenario should.
func ExampleComparison() {
	odd := drivers.Case("ticks/differ", "the server receives what the client sends",
		drivers.New(drivers.ServeEndpoint("server"), drivers.WaitFor[Tick]()),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("server"), drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
			drivers.Do("send", func(ctx context.Context, s *drivers.Scope) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: len(s.Engine().Name())})
			})))
	c := differential.Run(context.Background(), runner.Runner{}, odd,
		engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(transports.TCP()))
	fmt.Println(c.Verdict == differential.Different)
	first := c.Differences[0]
	fmt.Println(first.Driver, "saw", first.A.Event.Data, "and", first.B.Event.Data)
	// Output:
	// true
	// server saw {"N":16} and {"N":13}
}
