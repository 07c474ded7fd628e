package dial

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// A target is a peer that ConnectToEndpoints connected to, and that the endpoint reconnects
// to when the connection ends (Options.Reconnect).
//
// A goroutine makes the attempts. It exists only while no connection has the name. It stops
// as soon as there is a ready connection, no matter which side dialled it, and while a call
// connects to the name: that call takes over, with its own address and limits. If either
// ends without a connection, the attempts resume.
type target struct {
	config  lahja.ConnectionConfig
	pause   time.Duration // the last one, without jitter; 0 starts over
	stop    func()        // ends the attempts; nil while there are none
	refused bool          // a refusal was logged
}

// Retry is what a failed attempt says about the next one.
type Retry int

const (
	Soon   Retry = iota // nobody listens yet, or is ready yet
	Slowly              // refused, until somebody changes something
	Never               // trying again is useless
)

// keep makes the endpoint reconnect to a peer.
func (r *Registry[T]) keep(config lahja.ConnectionConfig) {
	if r.Backoff == nil {
		return
	}
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	t := r.targets[config.Name]
	if t == nil {
		t = &target{}
		r.targets[config.Name] = t
	}
	t.config, t.refused = config, false
}

// KeepsLocked reports whether the endpoint reconnects to a peer.
func (r *Registry[T]) KeepsLocked(name string) bool { return r.targets[name] != nil }

// takeOverLocked stops the attempts for a name, in favour of a call's.
func (r *Registry[T]) takeOverLocked(name string) {
	if t := r.targets[name]; t != nil && t.stop != nil {
		t.stop()
	}
}

// LostLocked is called when a connection has ended that was ready for some time, 0 if it
// never was. The pauses start over only if the connection lasted. Otherwise a peer that dies
// of its first event would be dialled at full speed forever.
func (r *Registry[T]) LostLocked(name string, lasted time.Duration) {
	if t := r.targets[name]; t != nil && lasted > r.Backoff.Most {
		t.pause = 0
	}
	r.resumeLocked(name)
}

// resumeLocked starts the attempts, unless they are under way or not needed.
func (r *Registry[T]) resumeLocked(name string) {
	t := r.targets[name]
	if t == nil || t.stop != nil || r.stopped || r.attempts[name] != nil {
		return
	}
	if held, _ := r.Holder(name); held {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.stop = cancel
	r.Go(func() {
		defer r.rest(t, name)
		r.reconnect(ctx, t, name)
	})
}

// reconnect makes attempts until there is a ready connection, trying again is useless, or
// ctx ends.
func (r *Registry[T]) reconnect(ctx context.Context, t *target, name string) {
	delay := r.lengthen(t, Soon)
	for pause(ctx, delay) {
		next, err := r.redial(ctx, t)
		switch {
		case ctx.Err() != nil: // a call took over, or the endpoint closes
			return
		case err == nil:
			r.regained(t)
			return
		case next == Never:
			r.giveUp(ctx, name, err)
			return
		}
		delay = r.lengthen(t, next)
		r.Core.Observe(lahja.Observation{Kind: lahja.Reconnecting, Peer: name, Delay: delay, Err: err})
		if next == Slowly {
			r.complain(t, name, err)
		}
	}
}

// rest ends the attempts. It resumes them if that became necessary while they were ending.
func (r *Registry[T]) rest(t *target, name string) {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	t.stop()
	t.stop = nil
	r.resumeLocked(name)
}

// lengthen returns the pause before the next attempt.
func (r *Registry[T]) lengthen(t *target, next Retry) time.Duration {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	t.pause = after(r.Backoff, t.pause)
	if next == Slowly {
		t.pause = r.Backoff.Most
	}
	return jittered(r.Backoff, t.pause, r.Core.Float64())
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
func (r *Registry[T]) redial(ctx context.Context, t *target) (Retry, error) {
	r.Mutex.Lock()
	if ctx.Err() != nil || r.stopped {
		r.Mutex.Unlock()
		return Never, r.Core.LifecycleError("reconnect")
	}
	a := r.BeginLocked(t.config, true)
	r.Mutex.Unlock()
	defer r.End(a)
	return r.Connect(ctx, a)
}

// regained makes sure that the next refusal is logged.
func (r *Registry[T]) regained(t *target) {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	t.refused = false
}

// complain logs the first of several refusals, because somebody must change the
// configuration of one side. That nobody listens yet is not worth logging.
func (r *Registry[T]) complain(t *target, name string, err error) {
	r.Mutex.Lock()
	before := t.refused
	t.refused = true
	r.Mutex.Unlock()
	if !before {
		r.Core.Warn("lahja: refused when reconnecting; will try again", name, err)
	}
}

// giveUp forgets the peer, unless a call has taken over meanwhile.
func (r *Registry[T]) giveUp(ctx context.Context, name string, err error) {
	r.Mutex.Lock()
	over := ctx.Err() != nil
	if !over {
		delete(r.targets, name)
	}
	r.Mutex.Unlock()
	if over {
		return
	}
	r.Core.Observe(lahja.Observation{Kind: lahja.Reconnecting, Peer: name, Err: err})
	r.Core.Warn("lahja: gave up reconnecting, because trying again is useless; call ConnectToEndpoints again", name, err)
}
