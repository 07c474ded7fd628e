package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// Next implements Answers.
func (p *PendingRequest) Next(ctx context.Context) (lahja.Received, error) {
	r, err := p.next(ctx)
	if p.core.Observes() {
		p.note(r, err)
	}
	return r, err
}

func (p *PendingRequest) next(ctx context.Context) (lahja.Received, error) {
	for {
		if cause := ctx.Err(); cause != nil {
			return lahja.Received{}, p.explained(p.unanswered(cause))
		}
		o, ok := p.take()
		switch {
		case ok && o.err == nil:
			return o.r, nil
		case ok:
			return lahja.Received{}, p.explained(o.err)
		}
		p.core.Waits(ctx)
		p.wait(ctx)
	}
}

// wait waits until Next may have something to return, or ctx ends.
func (p *PendingRequest) wait(ctx context.Context) {
	for i := range p.asked { // done alone needs the request's lock
		remote := p.asked[i].remote
		switch {
		case remote == nil || remote.lease == nil:
		case len(p.asked) > 1:
			remote.lease.Recall()
		default:
			p.alone.Store(true)
			remote.lease.Enter()
			defer remote.lease.Leave()
			if remote.lease.ReadFor(ctx, p) {
				return
			}
		}
	}
	select {
	case <-p.waking():
	case <-ctx.Done():
	}
}

// BeginsReading records that a read for the request begins, and reports whether the request
// is already settled. interrupt makes the read fail.
func (p *PendingRequest) BeginsReading(interrupt *func()) (settled bool) {
	p.reader.Store(interrupt)
	return p.settled.Load()
}

// EndsReading ends BeginsReading.
func (p *PendingRequest) EndsReading() { p.reader.Store(nil) }

// take returns what Next returns, if there is anything yet.
func (p *PendingRequest) take() (o outcome, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ending != "":
		o.err = p.fail("", lahja.ErrLifecycle, p.ending)
	case len(p.come) > 0:
		o = p.come[0]
		p.come[0] = outcome{}
		if p.come = p.come[1:]; len(p.come) == 0 && p.open > 0 {
			return o, true
		}
	case p.open == 0:
		o.err = errExhausted
	default:
		p.settled.Store(false)
		return outcome{}, false
	}
	p.passLocked() // Another waiting caller may have more.
	return o, true
}

// errExhausted stands for exhausted, whose text is made when no lock is held.
var errExhausted = errors.New("all have answered or gone")

func (p *PendingRequest) explained(err error) error {
	if err == errExhausted {
		err = p.fail("", lahja.ErrNoMoreAnswers, "all have answered or gone; it went to "+brief.List(p.names(nil)))
	}
	return p.core.OrClosing("request", err)
}

// unanswered returns the error for the end of a context. It names the endpoints that have
// not answered. If all have, and nothing is left to take, the answers are exhausted.
func (p *PendingRequest) unanswered(cause error) error {
	missing, err := p.left(cause)
	if missing == nil {
		return err
	}
	slices.Sort(missing)
	e := p.fail("", nil, fmt.Sprintf("no answer (%s) from %s", p.want.Name, brief.List(missing)))
	e.Err = cause
	return e
}

// left is like unanswered, but if some answers are missing it returns their endpoints.
func (p *PendingRequest) left(cause error) (missing []string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.fail("", nil, "")
	e.Err = cause
	switch {
	case p.ending != "":
		e.Kind, e.Detail = lahja.ErrLifecycle, p.ending
	case p.open > 0:
		missing = p.names(func(a *asked) bool { return !a.done })
	case len(p.come) > 0:
		e.Detail = fmt.Sprintf("all have answered, and %d of the answers were not taken", len(p.come))
	default:
		return nil, errExhausted
	}
	if p.open == 0 || len(p.come) > 0 {
		p.passLocked() // This caller may have been woken instead of another.
	}
	return missing, e
}

// Asked implements Answers.
func (p *PendingRequest) Asked() []string { return p.names(nil) }

func (p *PendingRequest) names(which func(*asked) bool) []string {
	names := make([]string, 0, len(p.asked))
	for i := range p.asked {
		if a := &p.asked[i]; which == nil || which(a) {
			names = append(names, a.name)
		}
	}
	return names
}

// Close implements Answers.
func (p *PendingRequest) Close() {
	left := p.end("the answers were closed")
	if p.core.Observes() {
		p.observeEnd()
	}
	for _, o := range left {
		p.lateAnswer(o.r)
	}
}
