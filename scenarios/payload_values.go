package scenarios

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Values: an event arrives whole and the same everywhere, or is refused.
var payloadValuesTable = []drivers.Scenario{
	{
		Name: "payload/field-that-would-be-lost-throws",
		Rule: "A type with a field that would not be sent is refused at its first use.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Do("broadcast an event with an unexported field", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), withNote{N: 1, note: "lost"}, lahja.BroadcastConfig{AllowNoSubscribers: true})
					}), lahja.ErrInvalid),
					drivers.Throws(drivers.Do("broadcast an event with a hidden field", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), withHidden{N: "1", Tick: Tick{N: 2}}, lahja.BroadcastConfig{AllowNoSubscribers: true})
					}), lahja.ErrInvalid),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// withNote has a field that is not sent.
type withNote struct {
	N    int
	note string
}

// withHidden hides the field of the Tick.
type withHidden struct {
	N string
	Tick
}
