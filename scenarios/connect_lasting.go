package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

const (
	// lasting is how long connections are kept: longer than a handshake may take, so that a leftover
	// deadline of the handshake shows.
	lasting = lahja.DefaultHandshakeTimeout + time.Second
	// beat is the pause between two events on a busy connection.
	beat = 100 * time.Millisecond
	// beats is the number of events in that time.
	beats = int(lasting / beat)
)

// Lasting connections: neither silence nor age ends them.
var connectLastingTable = []drivers.Scenario{
	{
		Name:  "connect/idle-lasts",
		Rule:  "A connection that carries nothing for 6 s stays, and then carries events in both directions.",
		Rests: "idle",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			// Nobody sends anything: if connections share a session, a busy one would keep all of them.
			hub := env.Config("hub")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					servesPings(),
					drivers.WaitUntilConnectedTo("quiet"),
					drivers.WaitUntilConnectedTo("asked"),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("idle"),
					waitsIdly(),
					drivers.IsConnectedTo("quiet"),
					drivers.IsConnectedTo("asked"),
					pings("asked"),
					drivers.Checkpoint("asked"),
					drivers.Checkpoint("done")),
				lastingClient("quiet", hub, waitsIdly(), pings("hub"), drivers.Checkpoint("asked")),
				lastingClient("asked", hub, waitsIdly(), drivers.Checkpoint("asked"), pings("hub")),
			}
		},
	},
	{
		Name:  "connect/one-way-lasts",
		Rule:  "A connection on which only one side sends for 6 s stays, and then carries events in both directions.",
		Rests: "idle",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			heard, said := drivers.NewSlot[*lahja.Stream[Tick]]("heard"), drivers.NewSlot[*lahja.Stream[Tock]]("said")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					servesPings(),
					drivers.Stream(said),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("listens"),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("idle"),
					drivers.Within(2*lasting, sendOnAndOn("tick", tick)),
					pings("speaks"),
					drivers.Drain(said, sequence(beats, tock)),
					drivers.Checkpoint("asked"),
					drivers.Checkpoint("done")),
				lastingClient("speaks", hub, drivers.Within(2*lasting, sendOnAndOn("tock", tock)), drivers.Sync("hub"), drivers.Checkpoint("asked")),
				drivers.New(drivers.RunEndpoint("listens"),
					drivers.Stream(heard),
					drivers.ConnectToEndpoints(hub),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Checkpoint("idle"),
					drivers.Within(2*lasting, drivers.Sequence(each(beats, func(i int) drivers.Action { return drivers.NextFrom(heard, equals(tick(i))) })...)),
					pings("hub"),
					drivers.Checkpoint("asked"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:  "connect/old-lasts",
		Rule:  "A connection that is busy in both directions works after 6 s as it did when it was new.",
		Rests: "busy",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					servesPings(),
					drivers.Checkpoint("busy"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.Checkpoint("busy"),
					drivers.Within(2*lasting, onAndOn("ask", func(ctx context.Context, ep lahja.EndpointAPI, i int) error {
						pong, err := lahja.Request(ctx, ep, Ping{N: i})
						if err == nil && pong.Data.N != i {
							err = fmt.Errorf("the answer to %d is %v", i, pong)
						}
						return err
					})),
					drivers.Checkpoint("done")),
			}
		},
	},
}

func pings(name string) drivers.Action {
	return drivers.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{name}}, equals(Pong{N: 1}))
}

// waitsIdly waits: only time shows that a connection stays.
func waitsIdly() drivers.Action { return drivers.Within(2*lasting, drivers.Sleep(lasting)) }

// lastingClient returns a driver that stays connected to the hub while it runs an action, and then
// runs two more.
func lastingClient(name string, hub lahja.ConnectionConfig, meanwhile, first, second drivers.Action) *drivers.Driver {
	return drivers.New(drivers.RunEndpoint(name),
		servesPings(),
		drivers.ConnectToEndpoints(hub),
		drivers.WaitUntilSubscriptionsKnown(),
		drivers.Checkpoint("idle"),
		meanwhile,
		drivers.IsConnectedTo("hub"),
		first,
		second,
		drivers.Checkpoint("done"))
}

// sendOnAndOn broadcasts an event on each beat.
func sendOnAndOn[T any](what string, event func(i int) T) drivers.Action {
	return onAndOn("send a "+what, func(ctx context.Context, ep lahja.EndpointAPI, i int) error {
		return lahja.Broadcast(ctx, ep, event(i))
	})
}

// onAndOn does something on each beat, as long as connections are kept.
func onAndOn(what string, do func(ctx context.Context, ep lahja.EndpointAPI, i int) error) drivers.Action {
	return drivers.Do(fmt.Sprintf("%s every %v for %v", what, beat, lasting), func(ctx context.Context, s *drivers.Scope) error {
		start := time.Now()
		for i := range beats {
			if err := do(ctx, s.Endpoint(), i); err != nil {
				return fmt.Errorf("after %v: %w", time.Since(start).Round(beat), err)
			}
			if err := s.Engine().Sleep(ctx, time.Until(start.Add(time.Duration(i+1)*beat))); err != nil {
				return err
			}
		}
		return nil
	})
}
