package main

import (
	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// News is what a press prints.
type News struct{ Headline string }

// EventName: types of package main choose their name on the wire.
func (News) EventName() string { return "scenario/news" }

// engines are the engines of the test.
var engines = []engine.Engine{
	engine.OnGoroutines(transports.Memory()),
	subprocess.On(transports.Unix()),
}

// suite is everything that this program and its test can run.
var suite = runner.Suite{Scenarios: []drivers.Scenario{everyReader}}

var everyReader = drivers.Scenario{
	Name: "news/every-reader",
	Rule: "What a press prints reaches every reader, and printing for nobody is an error.",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		press := env.Config("press")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(press),
				drivers.Throws(drivers.Broadcast(News{"Nobody reads this"}), lahja.ErrNoSubscribers),
				drivers.Checkpoint("open"),
				drivers.WaitUntilEndpointSubscribedTo[News]("ann"),
				drivers.WaitUntilEndpointSubscribedTo[News]("ben"),
				drivers.Broadcast(News{"Cat found"})),
			reader("ann", press),
			reader("ben", press),
		}
	},
}

func reader(name string, press lahja.ConnectionConfig) *drivers.Driver {
	return drivers.New(drivers.RunEndpoint(name),
		drivers.Checkpoint("open"),
		drivers.ConnectToEndpoints(press),
		drivers.WaitFor(drivers.Data[News](gomega.Equal(News{"Cat found"}))))
}
