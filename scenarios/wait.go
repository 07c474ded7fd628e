package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Waits: every query of the API has a twin that waits until the query holds.
var waitTable = []drivers.Scenario{
	{
		Name: "wait/connected-to",
		Rule: "A wait for a connection to a name ends when that connection exists, whichever side dialled, and no sooner.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Not(drivers.IsConnectedTo("client")),
					drivers.Background("wait", drivers.Sequence(
						drivers.WaitUntilConnectedTo("client"),
						drivers.IsConnectedTo("client"))),
					drivers.Checkpoint("waiting"),
					drivers.Join("wait"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Not(drivers.IsConnectedTo("server")),
					drivers.Checkpoint("waiting"),
					drivers.Background("connect", drivers.ConnectToEndpoints(server)),
					drivers.WaitUntilConnectedTo("server"),
					drivers.IsConnectedTo("server"),
					drivers.Join("connect"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "wait/endpoint-subscribed",
		Rule: "A wait for a named endpoint's subscription to a type ends when that endpoint subscribes, not another.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("other subscribes"),
					drivers.IsEndpointSubscribedTo[Tick]("other"),
					drivers.Not(drivers.IsEndpointSubscribedTo[Tick]("named")),
					drivers.Background("wait", drivers.Sequence(
						drivers.WaitUntilEndpointSubscribedTo[Tick]("named"),
						drivers.IsEndpointSubscribedTo[Tick]("named"))),
					drivers.Checkpoint("waiting"),
					drivers.Join("wait"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("other"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("other subscribes"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("named"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("waiting"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "wait/any-endpoint-subscribed",
		Rule: "Any endpoint subscribes to a type if a peer or the endpoint itself does.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			own := drivers.NewSlot[*lahja.Stream[Tick]]("own")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Not(drivers.IsAnyEndpointSubscribedTo[Tick]()),
					drivers.Stream(own),
					drivers.IsAnyEndpointSubscribedTo[Tick](),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.CloseStream(own),
					drivers.Not(drivers.IsAnyEndpointSubscribedTo[Tick]()),
					drivers.Checkpoint("connected"),
					drivers.WaitUntilAnyEndpointSubscribedTo[Tick](),
					drivers.IsEndpointSubscribedTo[Tick]("server"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "wait/all-endpoints-subscribed",
		Rule: "All endpoints subscribe to a type if every peer does, and the endpoint itself unless it is excluded.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			subscriber := func(name string) *drivers.Driver {
				return drivers.New(drivers.RunEndpoint(name),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint(name+" subscribes"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Checkpoint("done"))
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("connected"),
					drivers.Not(drivers.AreAllEndpointsSubscribedTo[Tick](false)),
					drivers.Checkpoint("a subscribes"),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("a"),
					drivers.Not(drivers.AreAllEndpointsSubscribedTo[Tick](false)),
					drivers.Checkpoint("b subscribes"),
					drivers.WaitUntilAllEndpointsSubscribedTo[Tick](false),
					drivers.IsEndpointSubscribedTo[Tick]("b"),
					drivers.Not(drivers.AreAllEndpointsSubscribedTo[Tick](true)),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("own")),
					drivers.WaitUntilAllEndpointsSubscribedTo[Tick](true),
					drivers.Checkpoint("done")),
				subscriber("a"),
				subscriber("b"),
			}
		},
	},
	{
		Name: "wait/all-of-none",
		Rule: "With no peers and itself excluded, all endpoints subscribe to everything.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.AreAllEndpointsSubscribedTo[Tick](false),
					drivers.WaitUntilAllEndpointsSubscribedTo[Tick](false),
					drivers.Not(drivers.AreAllEndpointsSubscribedTo[Tick](true))),
			}
		},
	},
	{
		Name: "wait/connections-change",
		Rule: "A connect and a disconnect each end a wait for a change of connections.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitUntilConnectionsChange(drivers.Checkpoint("connect")),
					drivers.ConnectedEndpointsAre("client"),
					drivers.WaitUntilConnectionsChange(drivers.Checkpoint("disconnect")),
					drivers.ConnectedEndpointsAre()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("connect"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("disconnect"),
					drivers.CloseEndpoint()),
			}
		},
	},
	{
		Name: "wait/subscriptions-change",
		Rule: "A change of the endpoint's or a peer's subscriptions, a connect and a disconnect each end a wait for a change of subscriptions.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitUntilEndpointSubscriptionsChange(drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("own"))),
					drivers.WaitUntilEndpointSubscriptionsChange(drivers.Checkpoint("connect")),
					drivers.IsConnectedTo("client"),
					drivers.WaitUntilEndpointSubscriptionsChange(drivers.Checkpoint("subscribe")),
					drivers.IsEndpointSubscribedTo[Tock]("client"),
					drivers.WaitUntilEndpointSubscriptionsChange(drivers.Checkpoint("disconnect")),
					drivers.Not(drivers.IsEndpointSubscribedTo[Tock]("client"))),
				drivers.New(drivers.RunEndpoint("client").WithLinger(-1),
					drivers.Checkpoint("connect"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("subscribe"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("disconnect"),
					drivers.CloseEndpoint()),
			}
		},
	},
	{
		Name: "wait/for-a-version",
		Rule: "Waiting for a change returns a snapshot with a greater version, at once if there is one, and otherwise not before.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			before := drivers.NewSlot[uint64]("before")
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Do("look", func(ctx context.Context, s *drivers.Scope) error {
						return before.Save(ctx, s, s.Endpoint().Peers().Version)
					}),
					drivers.Do("wait for what has been", func(ctx context.Context, s *drivers.Scope) error {
						for _, version := range []uint64{0, before.Get(s) - 1} {
							if err := changed(ctx, s.Endpoint(), version, before.Get(s)); err != nil {
								return err
							}
						}
						return nil
					}),
					drivers.Throws(drivers.Within(20*time.Millisecond, drivers.Do("wait for what does not come", func(ctx context.Context, s *drivers.Scope) error {
						_, err := s.Endpoint().WaitForChange(ctx, before.Get(s))
						return err
					})), context.DeadlineExceeded),
					drivers.Background("wait", drivers.Do("wait for what comes", func(ctx context.Context, s *drivers.Scope) error {
						return changed(ctx, s.Endpoint(), before.Get(s), before.Get(s)+1)
					})),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Join("wait")),
			}
		},
	},
}

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
