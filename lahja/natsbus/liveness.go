package natsbus

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// relinkFor is how long a peer that fell silent is looked for.
const relinkFor = 10 * time.Minute

// missing is a peer that fell silent without a goodbye. The endpoint reconnects when it
// hears from it again.
type missing struct {
	instance uint64
	since    time.Time
	pause    time.Duration
	next     time.Time
}

func newMissing(l *link) *missing { return &missing{instance: l.instance, since: time.Now()} }

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
		case now.After(m.next) && e.dials[name] == nil && !e.closing:
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
	if e.closing || e.dials[name] != nil || e.links[name] != nil {
		e.mu.Unlock()
		return
	}
	d := e.newDialLocked(lahja.ConnectionConfig{Name: name})
	d.relink, d.subject = true, e.subjects.inbox(instance)
	e.work.Add(1)
	e.mu.Unlock()
	go func() {
		defer e.work.Done()
		ctx, cancel := context.WithTimeout(context.Background(), e.opts.HandshakeTimeout)
		defer cancel()
		_ = e.connect(ctx, d) // it is tried again
		e.endDials([]*dial{d})
	}()
}

// ping asks an instance whether it lives. If it has no connection any more, the server says
// so at once.
func (e *Endpoint) ping(instance, number uint64) {
	e.out.add(op{subject: e.subjects.inbox(instance), reply: e.subjects.absent(e.core.Instance(), hex(instance)),
		data: appendControl(e.header(kindPing), control{Number: number})})
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

// call is a question that waits for its answer.
type call struct {
	instance uint64 // the one that was asked: no other one can answer
	answered chan struct{}
}

// ask sends a question to a peer. answered is closed when the answer arrives, which carries
// the number. Numbers are random, so that nobody else can guess them.
func (e *Endpoint) ask(l *link) (answered <-chan struct{}, number uint64, forget func()) {
	c := call{instance: l.instance, answered: make(chan struct{})}
	e.mu.Lock()
	for number = randomNumber(); e.calls[number].answered != nil; {
		number = randomNumber()
	}
	e.calls[number] = c
	e.mu.Unlock()
	return c.answered, number, func() {
		e.mu.Lock()
		delete(e.calls, number)
		e.mu.Unlock()
	}
}

// answered ends the call of that number, unless another instance was asked.
func (e *Endpoint) answered(instance, number uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, open := e.calls[number]; open && c.instance == instance {
		delete(e.calls, number)
		close(c.answered)
	}
}

// randomNumber returns an unpredictable number, never 0.
func randomNumber() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails, see its documentation
	return binary.BigEndian.Uint64(b[:]) | 1
}
