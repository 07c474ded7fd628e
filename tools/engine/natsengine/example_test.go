package natsengine_test

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/runner"
)

// Reading is what the example sends.
type Reading struct{ Celsius int }

func (Reading) EventName() string { return "example/reading" }

// The same scenario runs over a NATS server, which is started for the run.
func ExampleNATS() {
	report := runner.Drive(context.Background(), engine.OnGoroutines(natsengine.NATS()),
		drivers.New(drivers.ServeEndpoint("station"), drivers.WaitAnyThenBroadcast(Reading{Celsius: 21})),
		drivers.New(drivers.RunEndpoint("display"), drivers.ConnectToEndpoints("station"), drivers.Receives(Reading{Celsius: 21})))
	fmt.Println(report.Verdict, report.Engine)
	// Output: passed goroutine+nats
}

// On your own server, each run has a bus of its own.
func ExampleAt() {
	e := engine.OnGoroutines(natsengine.At("nats://localhost:4222", nats.UserInfo("test", "secret")))
	fmt.Println(e.Name())
	// Output: goroutine+nats-url
}
