package main

import (
	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
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
var suite = runner.Suite{Scenarios: []d.Scenario{everyReader}}

var everyReader = d.Case("news/every-reader", "What a press prints reaches every reader, and printing for nobody is an error.",
	d.New(d.ServeEndpoint("press"),
		d.Throws(d.Broadcast(News{"Nobody reads this"}), lahja.ErrNoSubscribers),
		d.Signal("open"),
		d.WaitUntilEndpointSubscribedTo[News]("ann"),
		d.WaitUntilEndpointSubscribedTo[News]("ben"),
		d.Broadcast(News{"Cat found"})),
	reader("ann"),
	reader("ben"))

func reader(name string) *d.Driver {
	return d.New(d.RunEndpoint(name),
		d.Await("open"),
		d.ConnectToEndpoints("press"),
		d.Receives(News{"Cat found"}))
}
