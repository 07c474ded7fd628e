// Command undispatched never calls runner.Dispatch.
package main

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func main() {
	s := drivers.Scenario{Name: "alone", Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"))}
	}}
	r := runner.Runner{Engine: subprocess.On(transports.Unix())}
	fmt.Println(r.Run(context.Background(), s))
}
