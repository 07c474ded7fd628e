package scenarios

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Filters: events for only some endpoints.
var filterTable = []drivers.Scenario{
	{
		Name: "filter/one-endpoint",
		Rule: "An event whose filter names one endpoint reaches only that endpoint, even if others subscribe.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return filtered(env, lahja.BroadcastConfig{FilterEndpoints: []string{"a"}}, map[string]int{"a": 100})
		},
	},
	{
		Name: "filter/several-endpoints",
		Rule: "An event whose filter names several endpoints reaches each of them once, and no other.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return filtered(env, lahja.BroadcastConfig{FilterEndpoints: []string{"a", "c"}}, map[string]int{"a": 100, "c": 100})
		},
	},
	{
		Name: "filter/oneself",
		Rule: "An event whose filter names its sender stays with it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return filtered(env, lahja.BroadcastConfig{FilterEndpoints: []string{"hub"}}, map[string]int{"hub": 100})
		},
	},
	{
		Name: "filter/internal",
		Rule: "An internal event is delivered only within its endpoint, even if others subscribe.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return filtered(env, lahja.BroadcastConfig{Internal: true}, map[string]int{"hub": 100})
		},
	},
	{
		Name: "filter/internal-stops-nothing",
		Rule: "After an internal event, other events reach the others as before.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			own := drivers.NewSlot[*lahja.Stream[Tick]]("own")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(own),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Repeat(2,
						drivers.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{Internal: true}),
						drivers.Broadcast(Tick{N: 2})),
					drivers.Sync(),
					drivers.Checkpoint("sent"),
					drivers.Drain(own, exactly(Tick{N: 1}, Tick{N: 2}, Tick{N: 1}, Tick{N: 2}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(ticks),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, exactly(Tick{N: 2}, Tick{N: 2}))),
			}
		},
	},
	{
		Name: "filter/internal-needs-own-subscriber",
		Rule: "An internal event is an error if the endpoint itself does not subscribe, even if others do.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ReceivesNothing[Tick](drivers.Checkpoint("listening"), drivers.Checkpoint("tried"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.IsEndpointSubscribedTo[Tick]("server"),
					drivers.Throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true}), lahja.ErrNoSubscribers),
					drivers.Checkpoint("tried")),
			}
		},
	},
	{
		Name: "filter/internal-with-endpoints-throws",
		Rule: "A config that is internal and names endpoints is contradictory, and an error.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			own := drivers.NewSlot[*lahja.Stream[Tick]]("own")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(own),
					drivers.Throws(drivers.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true, FilterEndpoints: []string{"client"}}),
						lahja.ErrInvalid),
					drivers.Drain(own, exactly[Tick]())),
			}
		},
	},
	{
		Name: "filter/unknown-endpoint-throws",
		Rule: "A filter that names an unconnected endpoint is an error that names it, and nobody gets the event.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			config := lahja.BroadcastConfig{FilterEndpoints: []string{"server", "stranger"}}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ReceivesNothing[Tick](drivers.Checkpoint("listening"), drivers.Checkpoint("tried"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Broadcast(Tick{}, config), lahja.ErrNoSubscribers),
					drivers.ThrowsAs(drivers.Broadcast(Tick{}, config), mentions("stranger")),
					drivers.Checkpoint("tried")),
			}
		},
	},
	{
		Name: "filter/endpoint-that-does-not-subscribe-throws",
		Rule: "A filter that names an endpoint that does not subscribe to the event is an error that names it, and nobody gets the event.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			listens, idles := env.Config("listens"), env.Config("idles")
			config := lahja.BroadcastConfig{FilterEndpoints: []string{"listens", "idles"}}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(listens),
					drivers.ReceivesNothing[Tick](drivers.Checkpoint("listening"), drivers.Checkpoint("tried"))),
				drivers.New(drivers.ServeEndpoint(idles),
					drivers.ReceivesNothing[Tock](drivers.Checkpoint("listening"), drivers.Checkpoint("tried"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(listens, idles),
					drivers.Throws(drivers.Broadcast(Tick{}, config), lahja.ErrNoSubscribers),
					drivers.ThrowsAs(drivers.Broadcast(Tick{}, config), mentions("idles")),
					drivers.Checkpoint("tried")),
			}
		},
	},
}

// filtered makes a hub broadcast a hundred ticks with a config while it and three peers subscribe to
// them, and expects the given number at each.
func filtered(env *drivers.Env, config lahja.BroadcastConfig, want map[string]int) []*drivers.Driver {
	hub := env.Config("hub")
	receiver := func(name string) (*drivers.Slot[*lahja.Stream[Tick]], drivers.Action) {
		ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
		return ticks, drivers.Drain(ticks, sequence(want[name], tick))
	}
	own, check := receiver("hub")
	all := []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(hub),
			drivers.Stream(own),
			drivers.Checkpoint("connected"),
			drivers.WaitUntilAllEndpointsSubscribedTo[Tick](true),
			drivers.BroadcastEach(100, tick, config),
			drivers.Sync(),
			drivers.Checkpoint("sent"),
			check),
	}
	for _, name := range []string{"a", "b", "c"} {
		ticks, check := receiver(name)
		all = append(all, drivers.New(drivers.RunEndpoint(name),
			drivers.Stream(ticks),
			drivers.ConnectToEndpoints(hub),
			drivers.Checkpoint("connected"),
			drivers.Checkpoint("sent"),
			check))
	}
	return all
}

// mentions expects an error that names something.
func mentions(what string) func(*lahja.Error) error {
	return func(err *lahja.Error) error {
		if !strings.Contains(err.Error(), what) {
			return fmt.Errorf("the error says nothing of %q", what)
		}
		return nil
	}
}
