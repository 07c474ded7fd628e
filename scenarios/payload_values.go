package scenarios

import (
	"context"
	"slices"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Values: an event arrives whole and equal everywhere, or is refused.
func payloadValuesTable() []d.Scenario {
	return []d.Scenario{
		d.Case("payload/field-that-would-be-lost-throws",
			"A type with a field that would not be sent is refused at first use.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Throws(d.Do("broadcast an event with an unexported field", func(ctx context.Context, s *d.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), withNote{N: 1, note: "lost"}, evenToNobody)
				}), lahja.ErrInvalid),
				d.Throws(d.Do("broadcast an event with a hidden field", func(ctx context.Context, s *d.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), withHidden{N: "1", Tick: Tick{N: 2}}, evenToNobody)
				}), lahja.ErrInvalid))),

		d.Case("payload/here-as-there",
			"Local and remote subscribers get equal values, even in fields that do not arrive as they were sent.",
			d.New(d.ServeEndpoint("server"), d.WaitFor[Sundry]().Then(sundryArrives)),
			d.New(d.RunEndpoint("client"),
				d.Stream(sundries),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Sundry]("server"),
				d.Broadcast(sundry()),
				d.NextFrom(sundries).Then(sundryArrives))),

		d.Case("payload/too-large-decoded-throws",
			"The sender refuses an event that would take more memory than the limit once decoded, and no connection is lost.",
			d.New(d.ServeEndpoint("server"), d.ReceivesNothing[Pages](d.AwaitDriver("client"))),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Pages]("server"),
				d.Throws(d.Do("broadcast one page many times", func(ctx context.Context, s *d.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Pages{All: slices.Repeat([]*Page{{}}, lahja.DefaultMaxDecoded/8/1024+1)})
				}), lahja.ErrTooLarge),
				d.Sync("server"))),
	}
}

var sundries = d.NewSlot[*lahja.Stream[Sundry]]("sundries")

func sundry() Sundry {
	at := time.Date(2024, 2, 29, 23, 59, 58, 123456789, time.FixedZone("somewhere", 2*3600))
	return Sundry{Any: Tick{N: 1}, At: at, Names: []string{}, Note: "not sent"}
}

// sundryArrives expects what arrives of a sundry.
func sundryArrives(_ context.Context, s *d.Scope, e lahja.Event[Sundry]) error {
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
