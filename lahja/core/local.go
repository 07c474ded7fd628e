package core

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
	"github.com/lahja/go-lahja/lahja/internal/window"
)

// What an endpoint broadcasts to itself passes through a window too, one for each type. A slow
// subscription of its own holds it up as a slow peer would.

// localFlow returns credit to a window.
type localFlow struct {
	core   *Core
	window *window.Window[chan struct{}]
	from   *source // of the latest event; nil before
}

// Taken implements Flow.
func (f *localFlow) Taken(cost, _ int) {
	f.core.mu.Lock()
	defer f.core.mu.Unlock()
	f.window.Acknowledge(cost, wakeLocal)
}

// End implements Flow: an endpoint does not disconnect from itself.
func (f *localFlow) End(error) bool { return false }

// wakeLocal tells a broadcast that it may deliver. It does not block.
func wakeLocal(ready chan struct{}) { close(ready) }

// localLocked returns the window for o, and makes it when it is first needed.
func (c *Core) localLocked(o *Outgoing) *localFlow {
	f := c.local[o.Type.Name]
	if f == nil {
		f = &localFlow{core: c, window: window.New[chan struct{}](o.Type.Name, 0)}
		c.local[o.Type.Name] = f
	}
	size, entry := 0, c.types[o.Type.Name]
	if entry != nil {
		size = entry.interest.Window
	}
	f.window.Resize(size, wakeLocal)
	if f.from == nil || f.from.of != entry {
		f.from = &source{of: entry, origin: c.Name(), instance: c.instance, endpoint: c.cfg.Endpoint}
	}
	return f
}

// localCost is what an event within an endpoint counts for. Most such events are not
// encoded.
func (o *Outgoing) localCost() int { return EventCost + int(o.Type.Go.Size()) }

// TryDeliverLocal delivers to the endpoint itself. If that would wait for a slow
// subscription, it returns false. Call DeliverLocal, which waits, after you have sent the
// event to the others.
func (o *Outgoing) TryDeliverLocal() bool {
	c := o.core
	c.mu.Lock()
	f := c.localLocked(o)
	room := !o.Answers.IsZero() || f.window.HasRoom()
	if room {
		f.window.Spend(o.localCost())
	}
	from := f.from
	c.mu.Unlock()
	if room {
		c.deliverLocal(o, f, from)
	}
	return room
}

// DeliverLocal delivers to the endpoint itself once there is room. It fails with
// ErrQueueFull if there is none before ctx or BlockWait ends. It fails at once with noWait,
// and if it would wait for the handler that calls it.
func (o *Outgoing) DeliverLocal(ctx context.Context, noWait bool) error {
	if o.TryDeliverLocal() {
		return nil
	}
	c := o.core
	if caller := callerOf(ctx); caller != nil && caller.base == &c.base && caller.eventType.Name == o.Type.Name {
		return o.noLocalRoom("and this handler of it would wait for itself", nil)
	}
	if noWait {
		return o.noLocalRoom("and the broadcast must not wait", nil)
	}
	c.Waits(ctx)
	ctx, cancel := c.Blocking(ctx)
	defer cancel()
	ready := make(chan struct{})
	c.mu.Lock()
	f := c.localLocked(o)
	f.window.Wait(ready, o.localCost())
	f.window.Admit(wakeLocal)
	c.mu.Unlock()
	select {
	case <-ready:
	case <-c.done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	waited := f.window.Leave(ready)
	from := c.localLocked(o).from
	c.mu.Unlock()
	switch {
	case !waited:
		c.deliverLocal(o, f, from)
		return nil
	case ctx.Err() == nil:
		return c.LifecycleError(o.op)
	}
	return o.noLocalRoom("until its time was up", context.Cause(ctx))
}

func (o *Outgoing) noLocalRoom(why string, cause error) error {
	err := o.Fail(lahja.ErrQueueFull, fmt.Sprintf("%s's own subscription takes such events more slowly than they come and has no room for one more, %s",
		o.core.Name(), why))
	err.Err = cause
	return err
}

// Blocking returns ctx bounded by Config.BlockWait, the time that a broadcast may wait
// for room. context.Cause returns which of the two has ended it.
func (c *Core) Blocking(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.cfg.BlockWait < 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.cfg.BlockWait, errBlockWait)
}

var errBlockWait = errors.New("BlockWait is over")

// deliverLocal is like Deliver, for an event of the endpoint's own, whose Go value is at
// hand.
func (c *Core) deliverLocal(o *Outgoing, flow Flow, from *source) {
	in := Incoming{Type: o.Type.Name, Shape: o.Type.Shape, Origin: c.Name(), ID: o.ID, Answers: o.Answers,
		Headers: o.Headers, Groups: o.GroupsOf(nil), Flow: flow, Cost: o.localCost()}
	if w := c.watching.Load(); w != nil {
		(*w).Local(*o)
	}
	o.receivedHere()
	c.takeLocal(o, &in, from)
	o.Sent(o.Sender(), len(o.encoded)) // after it is queued, as for peers
	c.toSelf.Add(1)                    // after it is queued, see settle
}

// takeLocal gives an event of the endpoint's own to the request that it answers and to the
// subscriptions.
func (c *Core) takeLocal(o *Outgoing, in *Incoming, from *source) {
	awaited := false
	if !in.Answers.IsZero() {
		if request := c.pendingFor(in.Answers); request != nil {
			if !request.asks(in.Origin, in.ID.Instance) {
				request.drop()
				c.forged(in)
				return
			}
			awaited = true
			r := lahja.Received{Type: o.Type, Origin: in.Origin, ID: in.ID, Answers: in.Answers, Headers: in.Headers}
			request.answeredHere(lahja.NewReceived(c.cfg.Endpoint, r).WithData(o.here))
			request.drop()
		}
	}
	entry := from.of
	if entry != nil && payload.SameShape(in.Shape, entry.eventType.Shape) {
		c.dispatch(batchOfOne(from, in.Flow, item{sequence: in.ID.Sequence, cost: in.Cost}, o.here, in.rare()), in.Groups != nil)
	} else {
		in.unwanted()
		if entry == nil && !awaited {
			c.counts.unclaimed.Add(1)
			c.dropped(in, unclaimed(in))
		}
	}
}
