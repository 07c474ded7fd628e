package scenarios

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Sync: how to know that everything sent has been handled.
func syncTable() []d.Scenario {
	return []d.Scenario{
		d.Case("sync/waits-for-handling",
			"A broadcast returns when the event is queued, before it is handled; Sync waits until it is handled.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(whenReleased),
				servesPings(),
				d.AwaitDriver("client"),
				d.Gathered(handled).InOrder(Tick{N: 1})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Broadcast(Tick{N: 1}),
				d.WaitUntilEndpointSubscribedTo[Release]("server"),
				d.Background("sync", syncNoted("server")),
				// An answer to it that did not wait comes before those to these, and whoever
				// waits for it can run then.
				d.Repeat(20, d.Request(Ping{N: 1}).Returns(Pong{N: 1})),
				d.Sleep(50*time.Millisecond),
				lookWhetherSynced(),
				d.Broadcast(Release{}),
				d.Join("sync"))),

		d.Case("sync/brings-what-came-back", "When Sync returns, everything that the peer sent before its reply has arrived.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Tock{N: e.Data.N})
				})),
			d.New(d.RunEndpoint("client"),
				d.Stream(tocks),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.BroadcastEach(200, tick),
				d.Sync("server"),
				d.Drain(tocks).InOrder(d.Series(200, tock)...))),

		d.Case("sync/with-oneself",
			"An endpoint's broadcast to itself returns before it is handled; Sync with itself waits for its handlers.",
			d.New(d.RunEndpoint("client"),
				d.Subscribe(whenReleased),
				d.Broadcast(Tick{N: 1}),
				d.WaitUntilEndpointSubscribedTo[Release]("client"),
				d.Background("sync", syncNoted("client")),
				d.Sleep(20*time.Millisecond),
				lookWhetherSynced(),
				d.Broadcast(Release{}),
				d.Join("sync"),
				d.Gathered(handled).InOrder(Tick{N: 1}))),

		d.Case("sync/peer-that-goes-ends-it", "Sync is an error if the peer disappears before it has handled everything.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(func(ctx context.Context, s *d.Scope, e lahja.Event[Ping]) error {
					if err := e.Respond(ctx, Pong{}); err != nil {
						return err
					}
					<-ctx.Done()
					return nil
				}),
				d.WaitFor[Tick](),
				d.CloseEndpoint()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Tick]("server"),
				d.Request(Ping{}),
				d.Background("sync", d.Throws(d.Sync("server"), lahja.ErrRemoteDisconnected)),
				d.Broadcast(Tick{}),
				d.Join("sync"))),

		d.Case("sync/with-a-stranger-throws", "Sync with an unconnected endpoint is an error.",
			d.New(d.RunEndpoint("client"), d.Throws(d.Sync("stranger"), lahja.ErrRemoteDisconnected))),
	}
}

// whenReleased gathers a Tick when a Release has come.
func whenReleased(ctx context.Context, s *d.Scope, e lahja.Event[Tick]) error {
	if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
		return err
	}
	return d.Append(handled)(ctx, s, e)
}

// synced says that the Sync of syncNoted has returned.
var synced = d.NewSlot[bool]("synced")

func syncNoted(peer string) d.Action {
	return d.Sequence(d.Sync(peer), d.Do("note that it has returned", func(ctx context.Context, s *d.Scope) error {
		return synced.Save(ctx, s, true)
	}))
}

func lookWhetherSynced() d.Action {
	return d.Do("look whether it has returned", func(_ context.Context, s *d.Scope) error {
		if _, err := synced.Load(s); err == nil {
			return errors.New("the sync returned while a handler still had the event")
		}
		return nil
	})
}
