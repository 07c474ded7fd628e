package lahja

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// kept is a peer that a call of ours connected to, and that the endpoint goes back
// to when the connection ends (Options.Reconnect). Its fields are guarded by
// Endpoint.mu.
//
// Attempts are made on a goroutine that exists while nobody has the name. It rests
// as soon as there is a ready connection, whoever dialled it, and while a call
// connects to the name: the call takes the attempt over, with its own address and
// limits. When either ends without a connection, it goes on.
type kept struct {
	config  ConnectionConfig
	pause   time.Duration // the last one, without jitter; 0 begins anew
	stop    func()        // ends the attempts; nil while there are none
	refused bool          // that was logged
}

// outlook is what an attempt that failed lets one expect of the next one.
type outlook int

const (
	soon     outlook = iota // nobody is there yet, or nobody who is ready
	slow                    // a refusal, until somebody does something about it
	hopeless                // waiting mends nothing
)

// keep has the endpoint go back to a peer.
func (e *Endpoint) keep(config ConnectionConfig) {
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

// missLocked is told that a connection ended. Pauses begin anew only after one that
// lasted: a peer that dies of its first event would be dialled without end.
func (e *Endpoint) missLocked(p *peer) {
	k := e.kept[p.name]
	if k != nil && p.listed != nil && time.Since(p.listed.since) > e.opts.Reconnect.Most {
		k.pause = 0
	}
	e.resumeLocked(p.name)
}

// resumeLocked starts the attempts, unless they are under way or rest.
func (e *Endpoint) resumeLocked(name string) {
	k := e.kept[name]
	if k == nil || k.stop != nil || e.closing || e.peers[name] != nil || e.dials[name] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	k.stop = cancel
	e.work.Start()
	go e.reconnect(ctx, k, k.config.Name)
}

// reconnect makes attempts until there is a ready connection, none can help, or
// ctx ends.
func (e *Endpoint) reconnect(ctx context.Context, k *kept, name string) {
	defer e.work.End()
	defer e.restReconnecting(k, name)
	delay := e.lengthen(k, soon)
	for pause(ctx, delay) {
		next, err := e.redial(ctx, k)
		switch {
		case ctx.Err() != nil: // it is a call's now, or the endpoint closes
			return
		case err == nil:
			e.regained(k)
			return
		case next == hopeless:
			e.giveUp(ctx, k, name, err)
			return
		}
		delay = e.lengthen(k, next)
		e.core.observe(Observation{Kind: Reconnecting, Peer: name, Delay: delay, Err: err})
		if next == slow {
			e.complain(k, name, err)
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

// lengthen returns the pause before the next attempt.
func (e *Endpoint) lengthen(k *kept, next outlook) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.opts.Reconnect
	k.pause = b.After(k.pause)
	if next == slow {
		k.pause = b.Most
	}
	return b.Jittered(k.pause)
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

// redial makes one attempt.
func (e *Endpoint) redial(ctx context.Context, k *kept) (outlook, error) {
	e.mu.Lock()
	if ctx.Err() != nil || e.closing {
		e.mu.Unlock()
		return hopeless, e.core.lifecycleError("reconnect")
	}
	d := e.newDialLocked(k.config)
	d.again = true
	e.mu.Unlock()
	defer e.endDials(d)
	c := connecting{endpoint: e, dial: d}
	err := completed(c.keepTrying(ctx), Error{Peer: d.config.Name})
	return c.outlook(err), err
}

func (c *connecting) outlook(err error) outlook {
	switch {
	case errors.Is(err, fs.ErrPermission): // somebody may still give it
		return slow
	case c.refusal == wire.RefuseSelf, unmendable(err):
		return hopeless
	case passing(c.refusal), !errors.Is(err, ErrConnectionAttemptRejected):
		return soon
	}
	return slow
}

// regained notes that the next refusal is another one.
func (e *Endpoint) regained(k *kept) {
	e.mu.Lock()
	defer e.mu.Unlock()
	k.refused = false
}

// complain logs the first of several refusals: they concern whoever configured the
// two. That nobody is there yet is no news.
func (e *Endpoint) complain(k *kept, name string, err error) {
	e.mu.Lock()
	before := k.refused
	k.refused = true
	e.mu.Unlock()
	if !before {
		e.logReconnect("lahja: refused when reconnecting; it is tried again", name, err)
	}
}

// giveUp forgets the peer, unless a call has taken it over meanwhile.
func (e *Endpoint) giveUp(ctx context.Context, k *kept, name string, err error) {
	e.mu.Lock()
	over := ctx.Err() != nil
	if !over {
		delete(e.kept, name)
	}
	e.mu.Unlock()
	if over {
		return
	}
	e.core.observe(Observation{Kind: Reconnecting, Peer: name, Err: err})
	e.logReconnect("lahja: reconnecting is given up, as waiting mends nothing; connect again", name, err)
}

func (e *Endpoint) logReconnect(message, name string, err error) {
	e.opts.logger().Warn(message, slog.String("endpoint", e.name), slog.String("peer", name), slog.Any("error", err))
}
