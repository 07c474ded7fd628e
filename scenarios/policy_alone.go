package scenarios

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// policyAloneTable checks what a full subscription does not block.
var policyAloneTable = []drivers.Scenario{
	{
		Name:  "policy/full-subscription-holds-up-one-alone",
		Rule:  "While a broadcast waits for room in a subscription, its endpoint broadcasts other types and answers other calls, and other endpoints have their own room.",
		Needs: []engine.Need{engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			ticks, tocks := streamOf("ticks"), drivers.NewSlot[*lahja.Stream[Tock]]("tocks")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: narrowQueue}, ticks),
					drivers.Stream(tocks),
					servesPings(),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("held up"),
					drivers.NextFrom(tocks, equals(Tock{N: 1})),
					drivers.Checkpoint("looked"),
					drivers.Do("take what there is until the last comes", func(ctx context.Context, s *drivers.Scope) error {
						for {
							e, err := ticks.Get(s).Next(ctx)
							if err != nil || e.Data.N == -1 {
								return err
							}
						}
					}),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("fast"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(hub),
					drivers.Do("broadcast until a broadcast waits in vain", func(ctx context.Context, s *drivers.Scope) error {
						_, err := untilFull(ctx, s.Endpoint())
						return err
					}),
					drivers.Background("last", drivers.Within(time.Minute, drivers.Broadcast(Tick{N: -1}))),
					drivers.Sleep(20*time.Millisecond), // It waits by then.
					drivers.Broadcast(Tock{N: 1}),
					drivers.Request(Ping{N: 1}, equals(Pong{N: 1})),
					drivers.Sync("hub"), // Events that wait in a stream count as handled.
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Taken]]("taken")),
					drivers.WaitUntilSubscriptionsKnown(),
					drivers.Throws(drivers.BroadcastNowait(Tick{N: -2}), lahja.ErrQueueFull),
					drivers.Checkpoint("held up"),
					drivers.Checkpoint("looked"),
					drivers.Join("last"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("other"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("held up"),
					drivers.Broadcast(Tick{N: 1}),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("done")),
			}
		},
	},
}
