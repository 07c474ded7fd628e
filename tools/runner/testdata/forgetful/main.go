// Command forgetful calls runner.Dispatch, but not when it is a child: there it
// runs all of main again.
package main

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func main() {
	s := drivers.Scenario{Name: "alone", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"))}
	}}
	e := subprocess.On(transports.Unix())
	if subprocess.IsChild() {
		// A child that starts children of its own would be a fork bomb.
		_, err := e.Open(context.Background(), engine.Site{Dir: func() (string, error) { return "", nil }})
		fmt.Println(err)
		return
	}
	runner.Dispatch(runner.Suite{Scenarios: []drivers.Scenario{s}})
	r := runner.Runner{Engine: e}
	fmt.Println(r.Run(context.Background(), s))
}
