package scenarios

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// policyAloneTable checks what a full subscription does not block.
func policyAloneTable() []d.Scenario {
	return []d.Scenario{
		d.Case("policy/full-subscription-holds-up-one-alone",
			"While a broadcast waits for room in a subscription, its endpoint broadcasts other types and answers other calls, and other endpoints have their own room.",
			d.New(d.ServeEndpoint("hub"),
				d.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks),
				d.Stream(tocks),
				servesPings(),
				d.Await("held up"),
				d.NextFrom(tocks).Equal(Tock{N: 1}),
				d.AwaitDriver("other"),
				d.Do("take what there is until the last comes", func(ctx context.Context, s *d.Scope) error {
					for {
						e, err := ticks.Get(s).Next(ctx)
						if err != nil || e.Data.N == -1 {
							return err
						}
					}
				})),
			d.New(d.RunEndpoint("fast"),
				d.ConnectToEndpoints("hub"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *d.Scope) error {
					_, err := untilFull(ctx, s.Endpoint())
					return err
				}),
				d.Background("last", d.Within(time.Minute, d.Broadcast(Tick{N: -1}))),
				d.Sleep(20*time.Millisecond), // It waits by then.
				d.Broadcast(Tock{N: 1}),
				d.Request(Ping{N: 1}).Returns(Pong{N: 1}),
				d.Sync("hub"), // Events that wait in a stream count as handled.
				d.Stream(d.NewSlot[*lahja.Stream[Taken]]("taken")),
				d.WaitUntilSubscriptionsKnown(),
				d.Throws(d.BroadcastNowait(Tick{N: -2}), lahja.ErrQueueFull),
				d.Signal("held up"),
				d.Join("last")),
			d.New(d.RunEndpoint("other"),
				d.ConnectToEndpoints("hub"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.Await("held up"),
				d.Broadcast(Tick{N: 1}))).Needing(engine.Backpressure),
	}
}
