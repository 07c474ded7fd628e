package runner_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Bare drivers run without a scenario, on goroutines.
func ExampleDrive() {
	server := lahja.ConnectionConfig{Name: "server", Address: "server"}
	report := runner.Drive(context.Background(), engine.OnGoroutines(transports.Memory()),
		drivers.New(drivers.ServeEndpoint(server), drivers.Receive(Tick{N: 1})),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(server), drivers.WaitAnyThenBroadcast(Tick{N: 1})))
	fmt.Println(report.Verdict, report.Err())
	// Output: passed <nil>
}

// What a driver wants the test to see travels as a result, also from a process.
func ExampleReport_Result() {
	tick := drivers.NewSlot[lahja.Event[Tick]]("tick")
	report := runner.Drive(context.Background(), engine.OnGoroutines(transports.Memory()),
		drivers.New(drivers.RunEndpoint("alone"),
			drivers.Background("send", drivers.WaitAnyThenBroadcast(Tick{N: 3})),
			drivers.WaitFor(tick.Save),
			drivers.Result("tick", tick)))
	var got struct{ Data Tick }
	err := report.Result("alone", "tick", &got)
	fmt.Println(got.Data.N, err)
	// Output: 3 <nil>
}
