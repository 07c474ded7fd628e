package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
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
func connectLastingTable() []d.Scenario {
	return []d.Scenario{
		// Nobody sends anything: if connections share a session, a busy one would keep all of them.
		d.Case("connect/idle-lasts", "A connection that carries nothing for 6 s stays, and then carries events in both directions.",
			d.New(d.ServeEndpoint("hub"),
				servesPings(),
				d.WaitUntilConnectedTo("quiet", "asked"),
				d.WaitUntilSubscriptionsKnown(),
				d.Checkpoint("idle"),
				waitsIdly(),
				d.IsConnectedTo("quiet"),
				d.IsConnectedTo("asked"),
				pingTo("asked")),
			lastingClient("quiet", waitsIdly(), pingTo("hub")),
			lastingClient("asked", waitsIdly(), d.AwaitDriver("hub"), pingTo("hub"))).
			Resting("idle"),

		d.Case("connect/one-way-lasts",
			"A connection on which only one side sends for 6 s stays, and then carries events in both directions.",
			d.New(d.ServeEndpoint("hub"),
				servesPings(),
				d.Stream(tocks),
				d.WaitUntilEndpointSubscribedTo[Tick]("listens"),
				d.WaitUntilSubscriptionsKnown(),
				d.Checkpoint("idle"),
				d.Within(2*lasting, sendOnAndOn("tick", tick)),
				pingTo("speaks"),
				d.AwaitDriver("speaks"),
				d.Drain(tocks).InOrder(d.Series(beats, tock)...)),
			lastingClient("speaks", d.Within(2*lasting, sendOnAndOn("tock", tock)), d.Sync("hub")),
			d.New(d.RunEndpoint("listens"),
				d.Stream(ticks),
				d.ConnectToEndpoints("hub"),
				d.WaitUntilSubscriptionsKnown(),
				d.Checkpoint("idle"),
				d.Within(2*lasting, d.Sequence(d.Series(beats, func(i int) d.Action { return d.NextFrom(ticks).Equal(Tick{i}) })...)),
				pingTo("hub"))).
			Resting("idle"),

		d.Case("connect/old-lasts", "A connection that is busy in both directions works after 6 s as it did when it was new.",
			d.New(d.ServeEndpoint("server"), servesPings(), d.Checkpoint("busy")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Checkpoint("busy"),
				d.Within(2*lasting, onAndOn("ask", func(ctx context.Context, ep lahja.EndpointAPI, i int) error {
					pong, err := lahja.Request(ctx, ep, Ping{N: i})
					if err == nil && pong.Data.N != i {
						err = fmt.Errorf("the answer to %d is %v", i, pong)
					}
					return err
				})))).
			Resting("busy"),
	}
}

func pingTo(name string) d.Action { return d.RequestWith(Ping{N: 1}, only(name)).Returns(Pong{N: 1}) }

// waitsIdly waits: only time shows that a connection stays.
func waitsIdly() d.Action { return d.Within(2*lasting, d.Sleep(lasting)) }

// lastingClient returns a driver that stays connected to the hub while it runs an action, and then
// runs others.
func lastingClient(name string, meanwhile d.Action, then ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint(name), append([]d.Action{
		servesPings(),
		d.ConnectToEndpoints("hub"),
		d.WaitUntilSubscriptionsKnown(),
		d.Checkpoint("idle"),
		meanwhile,
		d.IsConnectedTo("hub")}, then...)...)
}

// sendOnAndOn broadcasts an event on each beat.
func sendOnAndOn[T any](what string, event func(i int) T) d.Action {
	return onAndOn("send a "+what, func(ctx context.Context, ep lahja.EndpointAPI, i int) error {
		return lahja.Broadcast(ctx, ep, event(i))
	})
}

// onAndOn does something on each beat, as long as connections are kept.
func onAndOn(what string, do func(ctx context.Context, ep lahja.EndpointAPI, i int) error) d.Action {
	return d.Do(fmt.Sprintf("%s every %v for %v", what, beat, lasting), func(ctx context.Context, s *d.Scope) error {
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
