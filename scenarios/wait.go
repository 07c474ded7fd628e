package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Waits: every query of the API has a twin that waits until the query holds.
func waitTable() []d.Scenario {
	return []d.Scenario{
		d.Case("wait/connected-to",
			"A wait for a connection to a name ends when that connection exists, whichever side dialled, and no sooner.",
			d.New(d.ServeEndpoint("server"),
				d.DoesNotHold(d.IsConnectedTo("client")),
				d.Background("wait", d.Sequence(d.WaitUntilConnectedTo("client"), d.IsConnectedTo("client"))),
				d.Signal("waiting"),
				d.Join("wait")),
			d.New(d.RunEndpoint("client"),
				d.WaitUntilConnectedTo("client"),
				d.DoesNotHold(d.IsConnectedTo("server")),
				d.Await("waiting"),
				d.Background("connect", d.ConnectToEndpoints("server")),
				d.WaitUntilConnectedTo("server"),
				d.IsConnectedTo("server"),
				d.Join("connect"))),

		d.Case("wait/endpoint-subscribed",
			"A wait for a named endpoint's subscription to a type ends when that endpoint subscribes, not another.",
			d.New(d.ServeEndpoint("server"),
				d.AwaitDriver("other"),
				d.IsEndpointSubscribedTo[Tick]("other"),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("named")),
				d.Background("wait", d.Sequence(
					d.WaitUntilEndpointSubscribedTo[Tick]("named"),
					d.IsEndpointSubscribedTo[Tick]("named"))),
				d.Signal("waiting"),
				d.Join("wait")),
			d.New(d.RunEndpoint("other"),
				d.Stream(ticks),
				d.ConnectToEndpoints("server")),
			d.New(d.RunEndpoint("named"),
				d.ConnectToEndpoints("server"),
				d.Await("waiting"),
				d.Stream(ticks))),

		d.Case("wait/any-endpoint-subscribed",
			"Any endpoint subscribes to a type if a peer or the endpoint itself does.",
			d.New(d.ServeEndpoint("server"),
				d.Await("looked"),
				d.Stream(ticks)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]()),
				d.Stream(ticks),
				d.IsAnyEndpointSubscribedTo[Tick](),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.CloseStream(ticks),
				d.DoesNotHold(d.IsAnyEndpointSubscribedTo[Tick]()),
				d.Signal("looked"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.IsEndpointSubscribedTo[Tick]("server"))),

		d.Case("wait/all-endpoints-subscribed",
			"All endpoints subscribe to a type if every peer does, and the endpoint itself unless it is excluded.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilConnectedTo("a"),
				d.WaitUntilConnectedTo("b"),
				d.DoesNotHold(d.AreAllEndpointsSubscribedTo[Tick](false)),
				d.Signal("a subscribes"),
				d.WaitUntilEndpointSubscribedTo[Tick]("a"),
				d.DoesNotHold(d.AreAllEndpointsSubscribedTo[Tick](false)),
				d.Signal("b subscribes"),
				d.WaitUntilAllEndpointsSubscribedTo[Tick](false),
				d.IsEndpointSubscribedTo[Tick]("b"),
				d.DoesNotHold(d.AreAllEndpointsSubscribedTo[Tick](true)),
				d.Stream(ticks),
				d.WaitUntilAllEndpointsSubscribedTo[Tick](true)),
			d.New(d.RunEndpoint("a"), d.ConnectToEndpoints("server"), d.Await("a subscribes"), d.Stream(ticks)),
			d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("server"), d.Await("b subscribes"), d.Stream(ticks))),

		d.Case("wait/all-of-none", "With no peers and itself excluded, all endpoints subscribe to everything.",
			d.New(d.RunEndpoint("client"),
				d.AreAllEndpointsSubscribedTo[Tick](false),
				d.WaitUntilAllEndpointsSubscribedTo[Tick](false),
				d.DoesNotHold(d.AreAllEndpointsSubscribedTo[Tick](true)))),

		d.Case("wait/connections-change", "A connect and a disconnect each end a wait for a change of connections.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilConnectionsChange(d.Signal("connect")),
				d.ConnectedEndpointsAre("client"),
				d.WaitUntilConnectionsChange(d.Signal("disconnect")),
				d.ConnectedEndpointsAre()),
			d.New(d.RunEndpoint("client"),
				d.Await("connect"),
				d.ConnectToEndpoints("server"),
				d.Await("disconnect"),
				d.CloseEndpoint())),

		d.Case("wait/subscriptions-change",
			"A change of the endpoint's or a peer's subscriptions, a connect and a disconnect each end a wait for a change of subscriptions.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilEndpointSubscriptionsChange(d.Stream(ticks)),
				d.WaitUntilEndpointSubscriptionsChange(d.Signal("connect")),
				d.IsConnectedTo("client"),
				d.WaitUntilEndpointSubscriptionsChange(d.Checkpoint("subscribe")),
				d.IsEndpointSubscribedTo[Tock]("client"),
				d.WaitUntilEndpointSubscriptionsChange(d.Checkpoint("disconnect")),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tock]("client"))),
			d.New(d.RunEndpoint("client").WithLinger(-1),
				d.Await("connect"),
				d.ConnectToEndpoints("server"),
				d.Checkpoint("subscribe"),
				d.Stream(tocks),
				d.WaitUntilSubscriptionsKnown(),
				d.Checkpoint("disconnect"),
				d.CloseEndpoint())),

		d.Case("wait/for-a-version",
			"Waiting for a change returns a snapshot with a greater version, at once if there is one, and otherwise not before.",
			d.New(d.RunEndpoint("client"),
				d.Do("look", func(ctx context.Context, s *d.Scope) error {
					return version.Save(ctx, s, s.Endpoint().Peers().Version)
				}),
				d.Do("wait for what has been", func(ctx context.Context, s *d.Scope) error {
					for _, past := range []uint64{0, version.Get(s) - 1} {
						if err := changed(ctx, s.Endpoint(), past, version.Get(s)); err != nil {
							return err
						}
					}
					return nil
				}),
				d.Throws(d.Within(20*time.Millisecond, d.Do("wait for what does not come", func(ctx context.Context, s *d.Scope) error {
					_, err := s.Endpoint().WaitForChange(ctx, version.Get(s))
					return err
				})), context.DeadlineExceeded),
				d.Background("wait", d.Do("wait for what comes", func(ctx context.Context, s *d.Scope) error {
					return changed(ctx, s.Endpoint(), version.Get(s), version.Get(s)+1)
				})),
				d.Stream(ticks),
				d.Join("wait"))),
	}
}

// version is that of a snapshot.
var version = d.NewSlot[uint64]("version")

// changed waits for a change past a version, and expects one of that version at least.
func changed(ctx context.Context, ep lahja.EndpointAPI, past, least uint64) error {
	s, err := ep.WaitForChange(ctx, past)
	if err != nil {
		return err
	}
	if s.Version < least || len(s.Peers) != 1 {
		return fmt.Errorf("waiting for a version after %d returned version %d with %d endpoints; want %d at least, with the endpoint itself",
			past, s.Version, len(s.Peers), least)
	}
	return nil
}
