package core

import (
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// asking is what the end of a request tells an observer.
type asking struct {
	since  time.Time // zero if its start was not observed, or its end was
	answer lahja.EventID
	event  string // the answer's type
	err    error  // what the requester got last; nil for an answer
}

// begins records when the event goes on its way, and tells that of a request.
func (o *Outgoing) begins() {
	o.at = o.core.now()
	p := o.request
	if p == nil {
		return
	}
	p.mu.Lock()
	p.seen.since = o.at
	p.mu.Unlock()
	seen := o.observation(lahja.RequestStarted)
	seen.Peer = p.only()
	o.core.Observe(seen)
}

// only returns the endpoint that was asked, "" if there are several.
func (p *PendingRequest) only() string {
	if len(p.asked) != 1 {
		return ""
	}
	return p.asked[0].name
}

// note records what the requester got.
func (p *PendingRequest) note(r lahja.Received, err error) {
	over := errors.Is(err, lahja.ErrNoMoreAnswers)
	p.mu.Lock()
	if err == nil {
		p.seen.answer, p.seen.event = r.ID, r.Type.Name
	}
	if !over {
		p.seen.err = err
	}
	p.mu.Unlock()
	if over {
		p.observeEnd()
	}
}

// observeEnd tells once that the request has ended.
func (p *PendingRequest) observeEnd() {
	p.mu.Lock()
	seen := p.seen
	p.seen = asking{}
	p.mu.Unlock()
	if seen.since.IsZero() {
		return
	}
	now := p.core.now()
	p.core.Observe(lahja.Observation{Kind: lahja.RequestEnded, Time: now, Took: now.Sub(seen.since), Outgoing: true, Peer: p.only(),
		Event: p.event, ID: lahja.EventID{Instance: p.core.instance, Sequence: p.sequence},
		Answer: seen.answer, AnswerEvent: seen.event, Err: seen.err})
}

// abandon ends the request because its endpoint closes.
func (p *PendingRequest) abandon() {
	const why = "it was closed before all answers came"
	p.end(why)
	if p.core.Observes() {
		p.note(lahja.Received{}, p.fail("", lahja.ErrLifecycle, why))
		p.observeEnd()
	}
}
