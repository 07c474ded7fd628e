package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// relinkFor is how long a peer that fell silent is looked for.
const relinkFor = 10 * time.Minute

// tick announces that the endpoint lives, and checks which peers do.
func (e *Endpoint) tick(now time.Time) {
	e.mu.Lock()
	if now.Sub(e.ticked) > 2*e.opts.Heartbeat {
		e.graceLocked(now) // it was us who did not run
	}
	e.ticked = now
	up := isClosed(e.backed)
	var outage error
	if !up {
		outage = e.outage
	}
	silent, half, suspects, behind := e.inspectLocked(now)
	relink := e.dueLocked(now)
	e.mu.Unlock()
	for _, l := range silent {
		e.drop(l, e.fail("read", l.name, lahja.ErrRemoteDisconnected,
			fmt.Sprintf("it was silent for %v (Options.Liveness)", e.opts.Liveness), outage), true)
	}
	for _, l := range half {
		e.drop(l, e.fail("accept", l.name, lahja.ErrConnectionAttemptRejected,
			fmt.Sprintf("it was not ready within %v (Options.HandshakeTimeout)", e.opts.HandshakeTimeout), nil), false)
	}
	if !up {
		return
	}
	for _, l := range suspects {
		e.ping(l.instance, 0)
	}
	for _, l := range behind {
		e.later(l, kindSubscriptions, func(c *control) { c.Acknowledged, c.Marks = 0, nil })
	}
	for name, instance := range relink {
		e.relink(name, instance)
	}
	e.out.add(op{subject: e.subjects.presence(e.name), build: e.writer.beat})
}

// graceLocked ignores silence that was this endpoint's own.
func (e *Endpoint) graceLocked(now time.Time) {
	for _, l := range e.links {
		l.heard = now
	}
}

// inspectLocked returns the peers that were silent too long, that did not become ready,
// that should give a sign of life, and that have not acknowledged our subscriptions.
func (e *Endpoint) inspectLocked(now time.Time) (silent, half, suspects, behind []*link) {
	for _, l := range e.links {
		silence := now.Sub(l.heard)
		switch {
		case silence > e.opts.Liveness:
			silent = append(silent, l)
		case l.remote == nil && now.Sub(l.since) > e.opts.HandshakeTimeout:
			half = append(half, l)
		case l.remote != nil && silence > 2*e.opts.Heartbeat:
			suspects = append(suspects, l)
		case l.remote != nil && l.acknowledged < e.announced.Number && l.pending == e.announced.Number:
			behind = append(behind, l)
		}
		l.pending = e.announced.Number
	}
	return silent, half, suspects, behind
}

// dueLocked chooses the missing peers to look for now, less and less often.
func (e *Endpoint) dueLocked(now time.Time) map[string]uint64 {
	due := map[string]uint64{}
	for name, m := range e.missed {
		switch {
		case now.Sub(m.since) > relinkFor:
			delete(e.missed, name)
			e.attendLater(name)
		case now.After(m.next) && e.dials.OfLocked(name) == nil && !e.closing:
			m.pause = min(max(2*m.pause, e.opts.Heartbeat), time.Minute)
			m.next = now.Add(m.pause)
			due[name] = m.instance
		}
	}
	return due
}

// relink tries once to connect to a missing peer. It uses the peer's inbox, because the
// peer need not listen.
func (e *Endpoint) relink(name string, instance uint64) {
	e.mu.Lock()
	if e.closing || e.dials.OfLocked(name) != nil || e.links[name] != nil {
		e.mu.Unlock()
		return
	}
	a := e.dials.BeginLocked(lahja.ConnectionConfig{Name: name}, true)
	a.Own.subject = e.subjects.inbox(instance)
	e.work.Add(1)
	e.mu.Unlock()
	go func() {
		defer e.work.Done()
		ctx, cancel := context.WithTimeout(context.Background(), e.opts.HandshakeTimeout)
		defer cancel()
		_ = e.connect(ctx, a) // it is tried again
		e.dials.End(a)
	}()
}

// alive reports whether the holder of a name answers.
func (e *Endpoint) alive(l *link) bool {
	answered, number, forget := e.ask(l)
	defer forget()
	e.ping(l.instance, number)
	timer := time.NewTimer(probeTimeout)
	defer timer.Stop()
	select {
	case <-answered:
		return true
	case <-l.done:
	case <-timer.C:
	case <-e.stopped:
	}
	return false
}
