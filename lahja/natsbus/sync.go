package natsbus

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Sync implements lahja.EndpointAPI. The question or the answer may be lost with the
// connection to the server, so the endpoint asks again after each Options.Liveness.
func (e *Endpoint) Sync(ctx context.Context, name string) error {
	const op = "sync"
	if name == e.name {
		return e.core.Sync(ctx)
	}
	if err := e.core.CheckContext(ctx, op); err != nil {
		return err
	}
	l, listed := e.core.Link(name).(*link) // a listed peer can be synced with
	if !listed {
		return e.core.OrClosing(op, e.fail(op, name, lahja.ErrRemoteDisconnected, "it is not connected", e.core.WhyEnded(name)))
	}
	answered, number, forget := e.ask(l)
	defer forget()
	e.askSync(l, number)
	return e.awaitSynced(ctx, l, number, answered)
}

// askSync asks a peer to answer when everything before has been handled.
func (e *Endpoint) askSync(l *link, number uint64) {
	e.later(l, kindSync, func(c *control) { c.Number, c.Types = number, nil })
}

// awaitSynced waits for the answer to the question of that number.
func (e *Endpoint) awaitSynced(ctx context.Context, l *link, number uint64, answered <-chan struct{}) error {
	const op = "sync"
	name := l.name
	e.core.Waits(ctx)
	again := time.NewTicker(e.opts.Liveness)
	defer again.Stop()
	for {
		select {
		case <-answered:
			return nil
		case <-e.core.Done():
			return e.core.LifecycleError(op)
		case <-l.done:
			return e.core.OrClosing(op, e.fail(op, name, lahja.ErrRemoteDisconnected, "", l.reason))
		case <-ctx.Done():
			return e.fail(op, name, nil, "its handlers are still busy, or it does not read", ctx.Err())
		case <-again.C:
			if isClosed(e.online()) { // Otherwise the question may still wait in the outbox.
				e.askSync(l, number)
			}
		}
	}
}
