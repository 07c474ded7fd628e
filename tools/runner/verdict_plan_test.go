package runner_test

import (
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// planVerdicts are mistakes that the plan shows, which are reported before the run.
var planVerdicts = []judged{
	{
		name: "misspelt-endpoint", kind: engine.FailedHarness,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server")), drivers.WaitUntilConnectedTo("client")),
				drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(env.Config("sevrer"))),
			}
		},
		says: []string{`ConnectToEndpoints\("sevrer"\) \(verdict_plan_test.go:\d+\) names endpoint "sevrer", which no driver opens; near to it: "server"`,
			`declared at: verdict_plan_test.go:15`},
	},
	{
		name: "nobody-sends", kind: engine.FailedHarness,
		drivers: func(env *drivers.Env) []*drivers.Driver { return pair(env, drivers.WaitFor[Tick]()) },
		says:    []string{`WaitFor\[Tick\]\(\) \(verdict_plan_test.go:\d+\) waits for Tick, which no driver sends to it`},
	},
	{
		name: "checkpoints-in-opposite-orders", kind: engine.FailedHarness,
		drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("one"), drivers.Checkpoint("first"), drivers.Checkpoint("second")),
				drivers.New(drivers.NoEndpoint("two"), drivers.Checkpoint("second"), drivers.Checkpoint("first")),
			}
		},
		says: []string{`in opposite orders: one waits at "first" for two, two waits at "second" for one`},
	},
}
