package natsbus

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// A reconnectTarget is a peer that a call connected to, and that the endpoint reconnects to
// when the link ends (Options.Reconnect), like lahja.Endpoint. Endpoint.mu guards its
// fields.
type reconnectTarget struct {
	config  lahja.ConnectionConfig
	pause   time.Duration // the last one, without jitter; 0 starts over
	stop    func()        // ends the attempts; nil while there are none
	refused bool          // a refusal was logged
}

// keep makes the endpoint reconnect to a peer.
func (e *Endpoint) keep(config lahja.ConnectionConfig) {
	if e.opts.Reconnect == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	k := e.reconnects[config.Name]
	if k == nil {
		k = &reconnectTarget{}
		e.reconnects[config.Name] = k
	}
	k.config, k.refused = config, false
}

// takeOverLocked stops the attempts for a name, in favour of a call's.
func (e *Endpoint) takeOverLocked(name string) {
	if k := e.reconnects[name]; k != nil && k.stop != nil {
		k.stop()
	}
}

// stopReconnectingLocked ends all attempts because the endpoint closes.
func (e *Endpoint) stopReconnectingLocked() {
	for name := range e.reconnects {
		e.takeOverLocked(name)
	}
}

// missLocked is called when a link has ended. The pauses start over if the link lasted.
func (e *Endpoint) missLocked(l *link) {
	k := e.reconnects[l.name]
	if k != nil && l.remote != nil && time.Since(l.since) > e.opts.Reconnect.Most {
		k.pause = 0
	}
	e.resumeLocked(l.name)
}

// resumeLocked starts the attempts, unless they are under way or not needed.
func (e *Endpoint) resumeLocked(name string) {
	k := e.reconnects[name]
	if k == nil || k.stop != nil || e.closing || e.links[name] != nil || e.dials[name] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.stop = cancel
	e.work.Add(1)
	go e.reconnect(ctx, k, name)
}

// reconnect makes attempts until there is a ready link or ctx ends. Without a server, it
// waits for one.
func (e *Endpoint) reconnect(ctx context.Context, k *reconnectTarget, name string) {
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

// restReconnecting ends the attempts. It resumes them if that became necessary while they
// were ending.
func (e *Endpoint) restReconnecting(k *reconnectTarget, name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.stop()
	k.stop = nil
	e.resumeLocked(name)
}

// lengthen returns the pause before the next attempt. After a refusal there is no hurry.
func (e *Endpoint) lengthen(k *reconnectTarget, refused bool) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.pause = e.opts.Reconnect.After(k.pause)
	if refused {
		k.pause = e.opts.Reconnect.Most
	}
	return e.opts.Reconnect.Jittered(k.pause)
}

// note reports whether this is the first of several refusals.
func (e *Endpoint) note(k *reconnectTarget, refused bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := refused && !k.refused
	k.refused = refused
	return first
}

// pause waits, and reports whether ctx lasted longer.
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

// awaitServer waits for the connection to the server, so that no hellos pile up. It reports
// whether ctx lasted longer.
func (e *Endpoint) awaitServer(ctx context.Context) bool {
	select {
	case <-e.online():
		return true
	case <-ctx.Done():
		return false
	}
}

// redial makes one attempt.
func (e *Endpoint) redial(ctx context.Context, k *reconnectTarget) error {
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
