package lahja

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// A reconnectTarget is a peer that ConnectToEndpoints connected to, and that the endpoint
// reconnects to when the connection ends (Options.Reconnect). Endpoint.mu guards its
// fields.
//
// A goroutine makes the attempts. It exists only while no connection has the name. It stops
// as soon as there is a ready connection, no matter which side dialled it, and while a call
// connects to the name: that call takes over, with its own address and limits. If either
// ends without a connection, the attempts resume.
type reconnectTarget struct {
	config  ConnectionConfig
	pause   time.Duration // the last one, without jitter; 0 starts over
	stop    func()        // ends the attempts; nil while there are none
	refused bool          // a refusal was logged
}

// retry is what a failed attempt says about the next one.
type retry int

const (
	retrySoon   retry = iota // nobody listens yet, or is ready yet
	retrySlowly              // refused, until somebody changes something
	retryNever               // trying again is useless
)

// keep makes the endpoint reconnect to a peer.
func (e *Endpoint) keep(config ConnectionConfig) {
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

// missLocked is called when a connection has ended. The pauses start over only if the
// connection lasted. Otherwise a peer that dies of its first event would be dialled at full
// speed forever.
func (e *Endpoint) missLocked(p *peer) {
	k := e.reconnects[p.name]
	if k != nil && p.listed != nil && time.Since(p.listed.since) > e.opts.Reconnect.Most {
		k.pause = 0
	}
	e.resumeLocked(p.name)
}

// resumeLocked starts the attempts, unless they are under way or not needed.
func (e *Endpoint) resumeLocked(name string) {
	k := e.reconnects[name]
	if k == nil || k.stop != nil || e.closing || e.peers[name] != nil || e.dials[name] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.stop = cancel
	e.work.Start()
	go e.reconnect(ctx, k, k.config.Name)
}

// reconnect makes attempts until there is a ready connection, trying again is useless, or
// ctx ends.
func (e *Endpoint) reconnect(ctx context.Context, k *reconnectTarget, name string) {
	defer e.work.End()
	defer e.restReconnecting(k, name)
	delay := e.lengthen(k, retrySoon)
	for pause(ctx, delay) {
		next, err := e.redial(ctx, k)
		switch {
		case ctx.Err() != nil: // a call took over, or the endpoint closes
			return
		case err == nil:
			e.regained(k)
			return
		case next == retryNever:
			e.giveUp(ctx, k, name, err)
			return
		}
		delay = e.lengthen(k, next)
		e.core.observe(Observation{Kind: Reconnecting, Peer: name, Delay: delay, Err: err})
		if next == retrySlowly {
			e.complain(k, name, err)
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

// lengthen returns the pause before the next attempt.
func (e *Endpoint) lengthen(k *reconnectTarget, next retry) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.opts.Reconnect
	k.pause = b.After(k.pause)
	if next == retrySlowly {
		k.pause = b.Most
	}
	return b.Jittered(k.pause)
}

// pause waits for d, and reports whether ctx lasted longer.
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

// redial makes one attempt.
func (e *Endpoint) redial(ctx context.Context, k *reconnectTarget) (retry, error) {
	e.mu.Lock()
	if ctx.Err() != nil || e.closing {
		e.mu.Unlock()
		return retryNever, e.core.lifecycleError("reconnect")
	}
	d := e.newDialLocked(k.config)
	d.again = true
	e.mu.Unlock()
	defer e.endDials(d)
	c := connecting{endpoint: e, dial: d}
	err := completed(c.keepTrying(ctx), Error{Peer: d.config.Name})
	return c.retry(err), err
}

func (c *connecting) retry(err error) retry {
	switch {
	case errors.Is(err, fs.ErrPermission): // somebody may still grant it
		return retrySlowly
	case c.refusal == wire.RefuseSelf, unmendable(err):
		return retryNever
	case passing(c.refusal), !errors.Is(err, ErrConnectionAttemptRejected):
		return retrySoon
	}
	return retrySlowly
}

// regained makes sure that the next refusal is logged.
func (e *Endpoint) regained(k *reconnectTarget) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.refused = false
}

// complain logs the first of several refusals, because somebody must change the
// configuration of one side. That nobody listens yet is not worth logging.
func (e *Endpoint) complain(k *reconnectTarget, name string, err error) {
	e.mu.Lock()
	before := k.refused
	k.refused = true
	e.mu.Unlock()
	if !before {
		e.logReconnect("lahja: refused when reconnecting; will try again", name, err)
	}
}

// giveUp forgets the peer, unless a call has taken over meanwhile.
func (e *Endpoint) giveUp(ctx context.Context, k *reconnectTarget, name string, err error) {
	e.mu.Lock()
	over := ctx.Err() != nil
	if !over {
		delete(e.reconnects, name)
	}
	e.mu.Unlock()
	if over {
		return
	}
	e.core.observe(Observation{Kind: Reconnecting, Peer: name, Err: err})
	e.logReconnect("lahja: gave up reconnecting, because trying again is useless; call ConnectToEndpoints again", name, err)
}

func (e *Endpoint) logReconnect(message, name string, err error) {
	e.opts.Logger.Warn(message, slog.String("endpoint", e.name), slog.String("peer", name), slog.Any("error", err))
}
