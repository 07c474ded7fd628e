package scenarios

import (
	"context"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Values: an event arrives whole and equal everywhere, or is refused.
var payloadValuesTable = []drivers.Scenario{
	{
		Name: "payload/field-that-would-be-lost-throws",
		Rule: "A type with a field that would not be sent is refused at first use.",
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
	{
		Name: "payload/here-as-there",
		Rule: "Local and remote subscribers get equal values, even in fields that do not arrive as they were sent.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			own := drivers.NewSlot[*lahja.Stream[Sundry]]("own")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor(sundryArrives)),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(own),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Sundry]("server"),
					drivers.Broadcast(sundry()),
					drivers.NextFrom(own, sundryArrives)),
			}
		},
	},
	{
		Name: "payload/too-large-decoded-throws",
		Rule: "The sender refuses an event that would take more memory than the limit once decoded, and no connection is lost.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("listening"),
					drivers.ReceivesNothing[Pages](drivers.Checkpoint("subscribed"), drivers.Checkpoint("tried"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("subscribed"),
					drivers.WaitUntilEndpointSubscribedTo[Pages]("server"),
					drivers.Throws(drivers.Do("broadcast one page many times", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), Pages{All: slices.Repeat([]*Page{{}}, lahja.DefaultMaxDecoded/8/1024+1)})
					}), lahja.ErrTooLarge),
					drivers.Sync("server"),
					drivers.Checkpoint("tried")),
			}
		},
	},
}

func sundry() Sundry {
	at := time.Date(2024, 2, 29, 23, 59, 58, 123456789, time.FixedZone("somewhere", 2*3600))
	return Sundry{Any: Tick{N: 1}, At: at, Names: []string{}, Note: "not sent"}
}

// sundryArrives expects what arrives of a sundry.
func sundryArrives(_ context.Context, s *drivers.Scope, e lahja.Event[Sundry]) error {
	at := e.Data.At.Format(time.RFC3339Nano)
	e.Data.At = time.Time{} // A time zone is a pointer.
	s.Expect(at).To(gomega.Equal("2024-02-29T23:59:58.123456789+02:00"))
	s.Expect(e.Data).To(gomega.Equal(Sundry{Any: map[any]any{"N": int64(1)}}))
	return nil
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
