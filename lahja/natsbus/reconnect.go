package natsbus

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// kept is a peer that a call of ours connected to, and that the endpoint goes back
// to when the link ends (Options.Reconnect), as lahja.Endpoint does. Its fields are
// guarded by Endpoint.mu.
type kept struct {
	config  lahja.ConnectionConfig
	pause   time.Duration // the last one, without jitter; 0 begins anew
	stop    func()        // ends the attempts; nil while there are none
	refused bool          // that was logged
}

// keep has the endpoint go back to a peer.
func (e *Endpoint) keep(config lahja.ConnectionConfig) {
	if e.opts.Reconnect == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	k := e.kept[config.Name]
	if k == nil {
		k = &kept{}
		e.kept[config.Name] = k
	}
	k.config, k.refused = config, false
}

// takeOverLocked ends the attempts for that name, in favour of a call's.
func (e *Endpoint) takeOverLocked(name string) {
	if k := e.kept[name]; k != nil && k.stop != nil {
		k.stop()
	}
}

// stopReconnectingLocked ends all attempts, as the endpoint closes.
func (e *Endpoint) stopReconnectingLocked() {
	for name := range e.kept {
		e.takeOverLocked(name)
	}
}

// missLocked is told that a link ended. Pauses begin anew after one that lasted.
func (e *Endpoint) missLocked(l *link) {
	k := e.kept[l.name]
	if k != nil && l.remote != nil && time.Since(l.since) > e.opts.Reconnect.Most {
		k.pause = 0
	}
	e.resumeLocked(l.name)
}

// resumeLocked starts the attempts, unless they are under way or rest.
func (e *Endpoint) resumeLocked(name string) {
	k := e.kept[name]
	if k == nil || k.stop != nil || e.closing || e.links[name] != nil || e.dials[name] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.stop = cancel
	e.work.Add(1)
	go e.reconnect(ctx, k, name)
}

// reconnect makes attempts until there is a ready link or ctx ends. Without a
// server it waits for that.
func (e *Endpoint) reconnect(ctx context.Context, k *kept, name string) {
	defer e.work.Done()
	defer e.restReconnecting(k, name)
	delay := e.lengthen(k, false)
	for pause(ctx, delay) && e.awaitServer(ctx) {
		err := e.redial(ctx, k)
		refused := errors.Is(err, lahja.ErrConnectionAttemptRejected)
		complain := e.note(k, refused)
		if ctx.Err() != nil || err == nil {
			return
		}
		delay = e.lengthen(k, refused)
		e.observe(lahja.Observation{Kind: lahja.Reconnecting, Peer: name, Delay: delay, Err: err})
		if complain {
			e.warn("lahja: refused when reconnecting; will try again", name, err)
		}
	}
}

// restReconnecting ends the attempts. What began or ended meanwhile did not start
// them, as they were there.
func (e *Endpoint) restReconnecting(k *kept, name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.stop()
	k.stop = nil
	e.resumeLocked(name)
}

// lengthen returns the pause before the next attempt. Who was refused has nothing to
// hurry for.
func (e *Endpoint) lengthen(k *kept, refused bool) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.pause = e.opts.Reconnect.After(k.pause)
	if refused {
		k.pause = e.opts.Reconnect.Most
	}
	return e.opts.Reconnect.Jittered(k.pause)
}

// note tells whether this is the first of several refusals.
func (e *Endpoint) note(k *kept, refused bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := refused && !k.refused
	k.refused = refused
	return first
}

// pause tells whether ctx lasts longer.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// awaitServer waits for the connection to the server, so that no hellos pile up
// for it. It tells whether ctx lasts longer.
func (e *Endpoint) awaitServer(ctx context.Context) bool {
	select {
	case <-e.online():
		return true
	case <-ctx.Done():
		return false
	}
}

// redial makes one attempt.
func (e *Endpoint) redial(ctx context.Context, k *kept) error {
	e.mu.Lock()
	if ctx.Err() != nil || e.closing {
		e.mu.Unlock()
		return e.lifecycleError("reconnect")
	}
	d := e.newDialLocked(k.config)
	d.relink = true
	e.mu.Unlock()
	defer e.endDials([]*dial{d})
	return e.connect(ctx, d)
}
