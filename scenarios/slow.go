package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Slow receivers: what they delay, and what not.
func slowTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("slow/busy-handler-delays-nobody",
			"While a handler is busy, only its own events wait: other endpoints and other handlers get theirs, even of the same type.",
			func(*d.Env) []*d.Driver {
				beside, all := d.NewSlot[[]lahja.Event[Tick]]("beside"), make(chan struct{})
				const n = 200
				return []*d.Driver{
					d.New(d.ServeEndpoint("hub"),
						d.WaitUntilConnectedTo("free"),
						d.WaitUntilConnectedTo("busy"),
						d.Broadcast(tick(0)),
						d.WaitUntilEndpointSubscribedTo[Release]("busy"),
						d.BroadcastEach(n-1, func(i int) Tick { return tick(i + 1) }),
						d.Sync("free"),
						d.RequestWith(Ping{N: 1}, only("busy")).Returns(Pong{N: 1}),
						d.Signal("held up"),
						d.Await("looked"),
						d.Broadcast(Release{}),
						d.Sync("busy")),
					d.New(d.RunEndpoint("free"),
						d.Stream(ticks),
						d.ConnectToEndpoints("hub"),
						d.Await("held up"),
						d.Drain(ticks).InOrder(d.Series(n, tick)...),
						d.Signal("looked")),
					d.New(d.RunEndpoint("busy"),
						d.Subscribe(heldUpAt(tick(0), handled)),
						d.Subscribe(d.Append(beside)),
						d.Subscribe(func(_ context.Context, _ *d.Scope, e lahja.Event[Tick]) error {
							if e.Data.N == n-1 {
								close(all)
							}
							return nil
						}),
						servesPings(),
						d.ConnectToEndpoints("hub"),
						d.Do("wait until another handler has had them all", until(all)),
						d.Await("held up"),
						d.Gathered(handled).InOrder(),
						d.Signal("looked"),
						d.AwaitDriver("hub"),
						d.Gathered(handled).InOrder(d.Series(n, tick)...),
						d.Gathered(beside).InOrder(d.Series(n, tick)...)),
				}
			}),

		d.Case("slow/stalled-peer-delays-nobody",
			"A peer that stops reading delays no other peer's events, even those meant for both.",
			d.New(d.ServeEndpoint("server").WithLinger(-1),
				d.WaitUntilConnectedTo("stalled"),
				d.Await("connected"), // Nobody must connect after the stalled peer.
				fill("stalled"),
				d.Throws(d.BroadcastNowait(forBoth), lahja.ErrQueueFull),
				d.BroadcastEach(100, tick),
				d.Sync("healthy"),
				d.CloseEndpoint()), // What waits for the stalled peer is given up.
			d.New(d.RunEndpoint("healthy"),
				d.Stream(ticks),
				d.Stream(blobs),
				d.ConnectToEndpoints("server"),
				d.Signal("connected"),
				d.AwaitDriver("server"),
				d.Drain(ticks).InOrder(d.Series(100, tick)...),
				d.Drain(blobs).InOrder(forBoth)),
			stalled("stalled", "server", typeName[Blob]())).Needing(engine.RawConnections, engine.Backpressure),

		d.Case("slow/full-queue-throws",
			"The queue of a peer is bounded: if it is full, a broadcast that must not wait fails at once, and any other when its time is up.",
			d.New(d.ServeEndpoint("server").WithLinger(-1),
				d.WaitUntilConnectedTo("stalled"),
				fill("stalled"),
				d.Throws(d.BroadcastNowait(Blob{Data: []byte("no room")}), lahja.ErrQueueFull),
				d.CloseEndpoint()), // What waits for the stalled peer is given up.
			stalled("stalled", "server", typeName[Blob]())).Needing(engine.RawConnections, engine.Backpressure),
	}
}

var forBoth = Blob{N: -1, Data: []byte("for both")}

// fill broadcasts to a peer until a broadcast of the smallest event waits in vain and fails with
// ErrQueueFull.
func fill(peer string) d.Action {
	return d.Do("fill the queue for "+peer, func(ctx context.Context, s *d.Scope) error {
		full := filling{endpoint: s.Endpoint(), peer: peer}
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
	events, bytes int
}

// with broadcasts events of one size until there is no room for another: who writes
// to the peer has had time to take it.
func (f *filling) with(ctx context.Context, size int) error {
	const mostEvents, mostBytes = 100_000, 64 << 20
	for f.events < mostEvents && f.bytes < mostBytes {
		sent, full, err := sentWithin(ctx, 50*time.Millisecond, f.endpoint, Blob{Data: content(1, f.events, size, false)}, only(f.peer))
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
