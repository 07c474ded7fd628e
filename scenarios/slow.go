package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Slow receivers: what they delay, and what not.
var slowTable = []drivers.Scenario{
	{
		Name: "slow/busy-handler-delays-nobody",
		Rule: "While a handler is busy, only its own events wait: other endpoints and other handlers get theirs, even of the same type.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			hub := env.Config("hub")
			free := drivers.NewSlot[*lahja.Stream[Tick]]("free")
			busy, beside := drivers.NewSlot[[]lahja.Event[Tick]]("busy"), drivers.NewSlot[[]lahja.Event[Tick]]("beside")
			all := make(chan struct{})
			const n = 200
			holdUp := func(ctx context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
				if e.Data.N == 0 {
					if _, err := lahja.WaitFor[Release](ctx, s.Endpoint()); err != nil {
						return err
					}
				}
				return drivers.Append(busy)(ctx, s, e)
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(hub),
					drivers.Checkpoint("connected"),
					drivers.Broadcast(tick(0)),
					drivers.WaitUntilEndpointSubscribedTo[Release]("busy"),
					drivers.BroadcastEach(n-1, func(i int) Tick { return tick(i + 1) }),
					drivers.Sync("free"),
					drivers.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{"busy"}}, equals(Pong{N: 1})),
					drivers.Checkpoint("held up"),
					drivers.Checkpoint("looked"),
					drivers.Broadcast(Release{}),
					drivers.Sync("busy"),
					drivers.Checkpoint("released")),
				drivers.New(drivers.RunEndpoint("free"),
					drivers.Stream(free),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("held up"),
					drivers.Drain(free, sequence(n, tick)),
					drivers.Checkpoint("looked")),
				drivers.New(drivers.RunEndpoint("busy"),
					drivers.Subscribe(holdUp),
					drivers.Subscribe(drivers.Append(beside)),
					drivers.Subscribe(func(_ context.Context, _ *drivers.Scope, e lahja.Event[Tick]) error {
						if e.Data.N == n-1 {
							close(all)
						}
						return nil
					}),
					servesPings(),
					drivers.ConnectToEndpoints(hub),
					drivers.Checkpoint("connected"),
					drivers.Do("wait until another handler has had them all", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, all) }),
					drivers.Checkpoint("held up"),
					drivers.Gathered(busy, sequence(0, tick)),
					drivers.Checkpoint("looked"),
					drivers.Checkpoint("released"),
					drivers.Gathered(busy, sequence(n, tick)),
					drivers.Gathered(beside, sequence(n, tick))),
			}
		},
	},
	{
		Name:  "slow/stalled-peer-delays-nobody",
		Rule:  "A peer that stops reading delays no other peer's events, even those meant for both.",
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
			blobs := drivers.NewSlot[*lahja.Stream[Blob]]("blobs")
			last := Blob{N: -1, Data: []byte("for both")}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.WaitUntilConnectedTo("stalled"),
					drivers.Checkpoint("connected"), // Nobody must connect after the stalled peer.
					fill(env, "stalled"),
					drivers.Throws(drivers.BroadcastNowait(last), lahja.ErrQueueFull),
					drivers.BroadcastEach(100, tick),
					drivers.Sync("healthy"),
					drivers.Checkpoint("sent"),
					drivers.Checkpoint("done"),
					drivers.CloseEndpoint()), // What waits for the stalled peer is given up.
				drivers.New(drivers.RunEndpoint("healthy"),
					drivers.Stream(ticks),
					drivers.Stream(blobs),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, sequence(100, tick)),
					drivers.Drain(blobs, exactly(last))),
				stalled("stalled", server, typeName[Blob]()),
			}
		},
	},
	{
		Name:  "slow/full-queue-throws",
		Rule:  "The queue of a peer is bounded: if it is full, a broadcast that must not wait fails at once, and any other when its time is up.",
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			small := Blob{Data: []byte("no room")}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.WaitUntilConnectedTo("stalled"),
					fill(env, "stalled"),
					drivers.Throws(drivers.BroadcastNowait(small), lahja.ErrQueueFull),
					drivers.Checkpoint("done"),
					drivers.CloseEndpoint()), // What waits for the stalled peer is given up.
				stalled("stalled", server, typeName[Blob]()),
			}
		},
	},
}

// fill broadcasts to a peer until a broadcast of the smallest event waits in vain and fails with
// ErrQueueFull.
func fill(env *drivers.Env, peer string) drivers.Action {
	return drivers.Do("fill the queue for "+peer, func(ctx context.Context, s *drivers.Scope) error {
		full := filling{endpoint: s.Endpoint(), peer: peer, seed: env.Seed}
		for {
			before := full.events
			for _, size := range []int{64 << 10, 1 << 10, 0} {
				if err := full.with(ctx, size); err != nil {
					return err
				}
			}
			if full.events == before {
				return nil // Not even the smallest fits, and nobody makes room.
			}
		}
	})
}

// filling is what has been queued for a peer that reads nothing. Its bytes do not compress, so no
// transport keeps taking them for long.
type filling struct {
	endpoint      lahja.EndpointAPI
	peer          string
	seed          uint64
	events, bytes int
}

// with broadcasts events of one size until there is no room for another: who writes
// to the peer has had time to take it.
func (f *filling) with(ctx context.Context, size int) error {
	const mostEvents, mostBytes = 100_000, 64 << 20
	to := lahja.BroadcastConfig{FilterEndpoints: []string{f.peer}}
	for f.events < mostEvents && f.bytes < mostBytes {
		sent, full, err := sentWithin(ctx, 50*time.Millisecond, f.endpoint, Blob{Data: content(f.seed, f.events, size, false)}, to)
		if full || err != nil {
			return err
		}
		if sent {
			f.events++
			f.bytes += size
		}
	}
	return fmt.Errorf("%d events, %d bytes in all, were queued for a peer that reads nothing", f.events, f.bytes)
}

// sentWithin broadcasts an event, and reports whether it was sent, or whether the queue was full: it
// waited all that time in vain. On a busy machine it may be neither, if the time was up before it
// began.
func sentWithin[T any](ctx context.Context, d time.Duration, ep lahja.EndpointAPI, event T, config ...lahja.BroadcastConfig) (sent, full bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	switch err := lahja.Broadcast(waiting, ep, event, config...); {
	case err == nil:
		return true, false, nil
	case !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil:
		return false, false, err
	default:
		return false, errors.Is(err, lahja.ErrQueueFull), nil
	}
}
