package runner_test

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
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
		says: []string{`ConnectToEndpoints\("sevrer"\) \(verdict_plan_test.go:\d+\) names endpoint "sevrer", which no driver opens \(did you mean "server"\?\)`,
			`declared at: verdict_plan_test.go:18`},
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
	{
		name: "nobody-sends-any-more", once: true, kind: engine.FailedStuck, actionTimeout: time.Minute, timeout: time.Minute,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server")), drivers.Stream(ticks), drivers.Checkpoint("ready"),
					drivers.NextFrom(ticks), drivers.NextFrom(ticks)),
				drivers.New(drivers.RunEndpoint("client"), drivers.Checkpoint("ready"), drivers.ConnectToEndpoints(env.Config("server")),
					drivers.WaitAnyThenBroadcast(Tick{})),
			}
		},
		says: []string{`driver server \(endpoint server\), action 4: NextFrom\[Tick\]\(ticks\)`,
			`stuck: +no driver can send Tick to it any more: client has finished its actions`, `waited for: an event of type Tick`, `declared at: verdict_plan_test.go:\d+`},
	},
	{
		name: "nobody-subscribes-any-more", once: true, kind: engine.FailedStuck, actionTimeout: time.Minute, timeout: time.Minute,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server")), drivers.Checkpoint("subscribed"), drivers.Checkpoint("closed"),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick]()),
				drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(env.Config("server")),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")), drivers.Checkpoint("subscribed"), drivers.ShutdownEndpoint(), drivers.Checkpoint("closed")),
			}
		},
		says: []string{`driver server \(endpoint server\), action 3: WaitUntilAnyEndpointSubscribedTo\[Tick\]`,
			`stuck: +no driver can subscribe to Tick any more: client has ended`},
	},
	{
		name: "drivers-wait-for-each-other", once: true, kind: engine.FailedStuck, actionTimeout: time.Minute, timeout: time.Minute,
		drivers: func(env *drivers.Env) []*drivers.Driver {
			anybody := lahja.BroadcastConfig{AllowNoSubscribers: true}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(env.Config("server")), drivers.WaitUntilConnectedTo("client"), drivers.WaitFor[Tick](),
					drivers.Broadcast(Squared{}, anybody), drivers.Checkpoint("end")),
				drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(env.Config("server")),
					drivers.WaitFor[Squared](), drivers.Broadcast(Tick{}, anybody), drivers.Checkpoint("end")),
			}
		},
		says: []string{`no driver can send (Tick|Squared) to it any more: (client|server) is stuck itself`},
	},
}
