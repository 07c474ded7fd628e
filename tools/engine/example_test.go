package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Drivers run as goroutines of this process. The name says how they run, and on what.
func ExampleOnGoroutines() {
	e := engine.OnGoroutines(transports.Memory())
	fmt.Println(e.Name(), e.Capabilities().Has(engine.SharedMemory))
	// Output: goroutine+memory true
}

// What an engine lacks of what a scenario needs.
func ExampleMissing() {
	needs := []engine.Need{engine.ProcessIsolation, engine.RawConnections}
	fmt.Println(engine.Missing(engine.OnGoroutines(transports.Memory()), needs))
	// Output: [process-isolation]
}

// A capability may have a measure, and a need may set a bound for it.
func ExampleAtLeast() {
	have := engine.CapabilitySet(engine.Backpressure)
	have[engine.MaxPayload] = 1 << 20
	fmt.Println(engine.AtLeast(engine.MaxPayload, 1<<10).MetBy(have))
	fmt.Println(engine.AtLeast(engine.MaxPayload, 1<<30).MetBy(have))
	// Output:
	// true
	// false
}

// A runner opens a session of the engine for each run, and drivers open their endpoints on it.
// You can do the same: Close says what was left open.
func ExampleEngine() {
	ctx := context.Background()
	var e engine.Engine = engine.OnGoroutines(transports.Memory())
	session, err := e.Open(ctx, engine.Site{Logger: slog.New(slog.DiscardHandler)})
	noError(err)
	server, err := session.ServeEndpoint(ctx, session.Config("server"), engine.EndpointOptions{})
	noError(err)
	client, err := session.RunEndpoint(ctx, "client", engine.EndpointOptions{})
	noError(err)
	noError(client.ConnectToEndpoints(ctx, session.Config("server")))
	fmt.Println("connected:", lahja.IsConnectedTo(client, "server"))
	noError(client.Close())
	noError(server.Close())
	fmt.Println("left behind:", len(session.Close()))
	// Output:
	// connected: true
	// left behind: 0
}

// loud is a backend around another one: its network says which endpoints listen.
type loud struct{ engine.Backend }

func (loud) Name() string { return "loud" }

func (l loud) Open(ctx context.Context, site engine.Site) (engine.Network, error) {
	network, err := l.Backend.Open(ctx, site)
	return loudNetwork{network}, err
}

type loudNetwork struct{ engine.Network }

func (n loudNetwork) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	fmt.Println(config.Name, "listens")
	return n.Network.ServeEndpoint(ctx, config, options)
}

// A backend can change what another one does.
func ExampleBackend() {
	report := runner.Drive(context.Background(), engine.OnGoroutines(loud{transports.Memory()}),
		drivers.New(drivers.ServeEndpoint("server")))
	fmt.Println(report.Verdict)
	// Output:
	// server listens
	// passed
}

// Everything that happens in a run is a Record: the steps of drivers, their failures, and the
// points at which they wait.
func ExampleRecord() {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Progress: func(_ string, record engine.Record) {
		switch record.Kind {
		case engine.RecordStep:
			fmt.Println(record.By, "begins", record.Step.Action)
		case engine.RecordFailure:
			fmt.Println(record.By, "fails:", record.Failure.Message)
		}
	}}
	r.Run(context.Background(), drivers.Case("clock/broken", "the clock ticks",
		drivers.New(drivers.NoEndpoint("clock"), drivers.Do("tick", func(context.Context, *drivers.Scope) error {
			return os.ErrDeadlineExceeded
		}))))
	// Output:
	// clock begins NoEndpoint("clock")
	// clock begins Do("tick")
	// clock fails: i/o timeout
}

// A failure is data: its kind tells a test what happened, without text.
func ExampleFailure() {
	report := runner.Drive(context.Background(), engine.OnGoroutines(transports.Memory()),
		drivers.New(drivers.NoEndpoint("clock"), drivers.Do("tick", func(context.Context, *drivers.Scope) error {
			panic("the spring is broken")
		})))
	failure := report.Failures[0]
	fmt.Println(failure.Kind == engine.FailedPanic, failure.Driver, failure.Action)
	// Output: true clock 1
}

// With Trace, a report has what each driver saw.
func ExampleSight() {
	r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory()), Trace: true}
	report := r.Run(context.Background(), drivers.Case("clock/alone", "the clock hears its own tick",
		drivers.New(drivers.RunEndpoint("clock"),
			drivers.Background("tick", drivers.WaitAnyThenBroadcast(Tick{N: 1})), drivers.Receives(Tick{N: 1}), drivers.Join("tick"))))
	for _, sight := range report.Traces[0].Sights {
		if sight.Event != nil {
			fmt.Println(sight.Action.Text, "saw", sight.Event.Data, "from", sight.Event.Origin)
		}
	}
	// Output: Receives(Tick{N:1}) saw {"N":1} from clock
}

// Tick is what the examples send.
type Tick struct{ N int }

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}
