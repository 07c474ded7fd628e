package scenarios

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Filters: events for only some endpoints.
func filterTable() []d.Scenario {
	return []d.Scenario{
		d.Case("filter/one-endpoint", "An event whose filter names one endpoint reaches only that endpoint, even if others subscribe.",
			filtered(only("a"), map[string]int{"a": 100})...),

		d.Case("filter/several-endpoints", "An event whose filter names several endpoints reaches each of them once, and no other.",
			filtered(only("a", "c"), map[string]int{"a": 100, "c": 100})...),

		d.Case("filter/oneself", "An event whose filter names its sender stays with it.",
			filtered(only("hub"), map[string]int{"hub": 100})...),

		d.Case("filter/internal", "An internal event is delivered only within its endpoint, even if others subscribe.",
			filtered(internal, map[string]int{"hub": 100})...),

		d.Case("filter/internal-stops-nothing", "After an internal event, other events reach the others as before.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.WaitUntilConnectedTo("client"),
				d.Repeat(2, d.Broadcast(Tick{1}, internal), d.Broadcast(Tick{2})),
				d.Sync(),
				d.Drain(ticks).InOrder(Tick{1}, Tick{2}, Tick{1}, Tick{2})),
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.ConnectToEndpoints("server"),
				d.AwaitDriver("server"),
				d.Drain(ticks).InOrder(Tick{2}, Tick{2}),
				d.CloseEndpoint())),

		d.Case("filter/internal-needs-own-subscriber",
			"An internal event is an error if the endpoint itself does not subscribe, even if others do.",
			d.New(d.ServeEndpoint("server"), d.ReceivesNothing[Tick](d.AwaitDriver("client"))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.Throws(d.Broadcast(Tick{}, internal), lahja.ErrNoSubscribers))),

		d.Case("filter/internal-with-endpoints-throws", "A config that is internal and names endpoints is contradictory, and an error.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Throws(d.Broadcast(Tick{}, lahja.BroadcastConfig{Internal: true, FilterEndpoints: []string{"client"}}), lahja.ErrInvalid),
				d.Drain(ticks).InOrder())),

		d.Case("filter/unknown-endpoint-throws",
			"A filter that names an unconnected endpoint is an error that names it, and nobody gets the event.",
			d.New(d.ServeEndpoint("server"), d.ReceivesNothing[Tick](d.AwaitDriver("client"))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.Throws(d.Broadcast(Tick{}, only("server", "stranger")), lahja.ErrNoSubscribers),
				d.ThrowsAs(d.Broadcast(Tick{}, only("server", "stranger")), mentions("stranger")))),

		d.Case("filter/endpoint-that-does-not-subscribe-throws",
			"A filter that names an endpoint that does not subscribe to the event is an error that names it, and nobody gets the event.",
			d.New(d.ServeEndpoint("listens"), d.ReceivesNothing[Tick](d.AwaitDriver("client"))),
			d.New(d.ServeEndpoint("idles"), d.Stream(tocks), d.AwaitDriver("client"), d.Drain(tocks).InOrder()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("listens", "idles"),
				d.WaitUntilEndpointSubscribedTo[Tick]("listens"),
				d.WaitUntilEndpointSubscribedTo[Tock]("idles"),
				d.Throws(d.Broadcast(Tick{}, only("listens", "idles")), lahja.ErrNoSubscribers),
				d.ThrowsAs(d.Broadcast(Tick{}, only("listens", "idles")), mentions("idles")))),
	}
}

// filtered makes a hub broadcast a hundred ticks with a config while it and three peers subscribe to
// them, and expects the given number at each.
func filtered(config lahja.BroadcastConfig, want map[string]int) []*d.Driver {
	all := []*d.Driver{
		d.New(d.ServeEndpoint("hub"),
			d.Stream(ticks),
			d.WaitUntilConnectedTo("a", "b", "c"),
			d.WaitUntilAllEndpointsSubscribedTo[Tick](true),
			d.BroadcastEach(100, tick, config),
			d.Sync(),
			d.Drain(ticks).InOrder(d.Series(want["hub"], tick)...)),
	}
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, d.New(d.RunEndpoint(name),
			d.Stream(ticks),
			d.ConnectToEndpoints("hub"),
			d.AwaitDriver("hub"),
			d.Drain(ticks).InOrder(d.Series(want[name], tick)...)))
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
