package scenarios

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Paused: peers that stand still for a while (a process by SIGSTOP), and what that delays.
func pausedTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("paused/delays-nobody-and-gets-everything",
			"While the process of one receiver is paused, the others get every event at once; when it continues, it gets all of them too, in order.",
			func(env *d.Env) []*d.Driver {
				const n = 300 // Of 8 KiB: more than a socket has room for, less than a queue.
				blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 8<<10, false)} }
				return []*d.Driver{
					d.New(d.ServeEndpoint("hub"),
						d.Checkpoint("connected"),
						d.Paused("still",
							d.BroadcastEach(n, blob),
							d.Sync("free"),
							d.Throws(d.Within(100*time.Millisecond, d.Sync("still")), context.DeadlineExceeded),
							d.Signal("sent"),
							d.AwaitDriver("free")),
						d.Sync("still")),
					d.New(d.RunEndpoint("free"),
						d.Stream(blobs),
						d.ConnectToEndpoints("hub"),
						d.Checkpoint("connected"),
						d.Await("sent"),
						d.Drain(blobs).Then(blobsAre(n, blob)),
						d.ShutdownEndpoint()),
					receivesWhenItGoesOn(n, blob),
				}
			}).WithSlack(4).Needing(engine.DriverPauses),

		d.CaseFunc("paused/loses-what-is-counted",
			"If a sender drops events that a paused peer has no room for, exactly the reported events are missing.",
			func(env *d.Env) []*d.Driver {
				const n = 200 // Of 64 KiB: three times what there is room for.
				blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 64<<10, false)} }
				return []*d.Driver{
					d.New(d.ServeEndpoint("hub").WithSlowPeer(lahja.DropNewest).CountingDrops(),
						d.Await("connected"),
						d.Paused("still", d.BroadcastEach(n, blob)),
						d.Sync("still"),
						drops(1),
						d.Do("tell how many were dropped", func(ctx context.Context, s *d.Scope) error {
							return lahja.Broadcast(ctx, s.Endpoint(), Tick{s.Dropped()})
						})),
					d.New(d.RunEndpoint("still"),
						d.Subscribe(d.Append(handledBlobs)),
						d.Stream(ticks),
						d.ConnectToEndpoints("hub"),
						d.Signal("connected"),
						d.Within(20*time.Second, d.NextFrom(ticks).Then(func(ctx context.Context, s *d.Scope, dropped lahja.Event[Tick]) error {
							return s.Run(ctx, d.Gathered(handledBlobs).Then(rising(n-dropped.Data.N)))
						}))),
				}
			}).WithSlack(4).Needing(engine.DriverPauses, engine.Backpressure),

		d.CaseFunc("paused/is-not-given-up",
			"A peer whose process is paused for twice the time in which a lost machine is noticed keeps its connection, and gets everything when it continues.",
			func(env *d.Env) []*d.Driver {
				const n = 300 // Of 8 KiB: more than a socket has room for, less than a queue.
				blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 8<<10, false)} }
				long := max(2*env.Bound(engine.LivenessBound), time.Second)
				limit := long + 20*time.Second
				return []*d.Driver{
					d.New(d.ServeEndpoint("hub"),
						d.Checkpoint("connected"),
						d.Within(limit, d.Paused("still",
							d.BroadcastEach(n, blob),
							d.Within(limit, d.Sleep(long)), // Nothing else shows that it is not given up.
							d.IsConnectedTo("still"))),
						d.Sync("still")).WithActionTimeout(limit),
					receivesWhenItGoesOn(n, blob).WithActionTimeout(limit),
				}
			}).Resting("connected").Needing(engine.DriverPauses, engine.Backpressure),
	}
}

// receivesWhenItGoesOn is a driver that is paused while a hub sends it blobs.
func receivesWhenItGoesOn(n int, blob func(i int) Blob) *d.Driver {
	return d.New(d.RunEndpoint("still"),
		d.Stream(blobs),
		d.ConnectToEndpoints("hub"),
		d.Checkpoint("connected"),
		d.AwaitDriver("hub"),
		d.Drain(blobs).Then(blobsAre(n, blob)))
}

// rising expects n blobs whose numbers rise.
func rising(n int) d.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *d.Scope, events []lahja.Event[Blob]) error {
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
