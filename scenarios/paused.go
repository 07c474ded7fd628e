package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Paused: processes that are stopped for a while (SIGSTOP), and what that delays.
var pausedTable = []drivers.Scenario{
	{
		Name:  "paused/delays-nobody-and-gets-everything",
		Rule:  "While the process of one receiver is paused, the others get every event at once; when it continues, it gets all of them too, in order.",
		Slack: 4,
		Needs: []engine.Need{engine.ProcessIsolation},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 8<<10, false)} }
			free := drivers.NewSlot[*lahja.Stream[Blob]]("free")
			still := drivers.NewSlot[*lahja.Stream[Blob]]("still")
			const n = 300 // Of 8 KiB: more than a socket has room for, less than a queue.
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Checkpoint("connected"),
					drivers.Paused("still",
						drivers.BroadcastEach(n, blob),
						drivers.Sync("free"),
						drivers.Throws(drivers.Within(100*time.Millisecond, drivers.Sync("still")), context.DeadlineExceeded),
						drivers.Checkpoint("sent"),
						drivers.Checkpoint("looked")),
					drivers.Sync("still"),
					drivers.Checkpoint("went on")),
				drivers.New(drivers.RunEndpoint("free"),
					drivers.Stream(free),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("sent"),
					drivers.Drain(free, blobsAre(n, blob)),
					drivers.Checkpoint("looked")),
				drivers.New(drivers.RunEndpoint("still"),
					drivers.Stream(still),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("went on"),
					drivers.Drain(still, blobsAre(n, blob))),
			}
		},
	},
	{
		Name:  "paused/loses-what-is-counted",
		Rule:  "If a sender drops events that a paused peer has no room for, exactly the reported events are missing.",
		Slack: 4,
		Needs: []engine.Need{engine.ProcessIsolation, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 64<<10, false)} }
			blobs := drivers.NewSlot[[]lahja.Event[Blob]]("blobs")
			const n = 200 // Of 64 KiB: three times what there is room for.
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub).WithSlowPeer(lahja.DropNewest).CountingDrops(),
					drivers.Checkpoint("connected"),
					drivers.Paused("still", drivers.BroadcastEach(n, blob)),
					drivers.Sync("still"),
					drops(1),
					drivers.Do("tell how many were dropped", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: s.Dropped()})
					})),
				drivers.New(drivers.RunEndpoint("still"),
					drivers.Subscribe(drivers.Append(blobs)),
					drivers.Background("dropped", drivers.Within(20*time.Second, drivers.WaitFor(func(ctx context.Context, s *drivers.Scope, dropped lahja.Event[Tick]) error {
						return s.Run(ctx, drivers.Gathered(blobs, rising(n-dropped.Data.N)))
					}))),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("still"),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Join("dropped")),
			}
		},
	},
	{
		Name:  "paused/is-not-given-up",
		Rule:  "A peer whose process is paused for twice the time in which a lost machine is noticed keeps its connection, and gets everything when it continues.",
		Rests: "connected",
		Needs: []engine.Need{engine.ProcessIsolation, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 8<<10, false)} }
			still := drivers.NewSlot[*lahja.Stream[Blob]]("still")
			const n = 300 // Of 8 KiB: more than a socket has room for, less than a queue.
			long := max(2*env.Bound(engine.LivenessBound), time.Second)
			limit := long + 20*time.Second
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Checkpoint("connected"),
					drivers.Within(limit, drivers.Paused("still",
						drivers.BroadcastEach(n, blob),
						drivers.Within(limit, drivers.Sleep(long)), // Nothing else shows that it is not given up.
						drivers.IsConnectedTo("still"))),
					drivers.Sync("still"),
					drivers.Checkpoint("went on")).WithActionTimeout(limit),
				drivers.New(drivers.RunEndpoint("still"),
					drivers.Stream(still),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("went on"),
					drivers.Drain(still, blobsAre(n, blob))).WithActionTimeout(limit),
			}
		},
	},
}

// rising expects n blobs whose numbers rise.
func rising(n int) drivers.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Blob]) error {
		if len(events) != n {
			return fmt.Errorf("%d blobs came, and %d were not dropped", len(events), n)
		}
		for i := 1; i < n; i++ {
			if events[i].Data.N <= events[i-1].Data.N {
				return fmt.Errorf("blob %d came after blob %d", events[i].Data.N, events[i-1].Data.N)
			}
		}
		return nil
	}
}
