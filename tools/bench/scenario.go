package bench

import (
	"context"
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// meeting is the scenario whose rate is measured. In it, two drivers do the least that two can
// do together.
var meeting = drivers.Scenario{
	Name: "bench/connect-broadcast-receive",
	Rule: "two drivers connect, and one receives what the other broadcasts",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Event]()),
			drivers.New(drivers.RunEndpoint("client"),
				drivers.ConnectToEndpoints(server),
				drivers.WaitAnyThenBroadcast(Event{Index: 1})),
		}
	},
}

// scenarioCases has a case for each engine that Dispatch was given. On processes, a scenario
// takes a hundred times as long.
func scenarioCases() []Case {
	var all []Case
	for _, e := range engines {
		events := 200
		if !strings.HasPrefix(e.Name(), "goroutine") {
			events = 10
		}
		all = append(all, Case{Engine: e.Name(), Consumers: 1, Events: events})
	}
	return all
}

func playScenario(ctx context.Context, c *child) error {
	var on engine.Engine
	for _, e := range engines {
		if e.Name() == c.Engine {
			on = e
		}
	}
	if on == nil {
		return fmt.Errorf("bench: no engine is named %q; give Dispatch the suite that has it", c.Engine)
	}
	r := &runner.Runner{Engine: on, Exclusive: true}
	if err := c.say(messageReady); err != nil {
		return err
	}
	return c.playPhases(func(int) error { return r.Run(ctx, meeting).Err() })
}
