package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/dial"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// How an attempt to connect continues without an answer.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = 100 * time.Millisecond
	helloAgain = 250 * time.Millisecond // far above a round trip; a listener may have gone with our hello
)

// ConnectToEndpoints implements lahja.EndpointAPI. It ignores addresses, because endpoints
// find each other by name. If one config cannot be tried at all (the endpoint itself, a
// connected name, or a name given twice), none is.
//
// Two endpoints that connect to each other at once end with one connection, and both calls
// succeed. With Options.Reconnect, the endpoint reconnects to each peer that a call
// connected it to.
func (e *Endpoint) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	return e.dials.ConnectToEndpoints(ctx, configs...)
}

func (e *Endpoint) initDials() {
	e.dials = dial.New(dial.Config[hello]{Core: e.core, Mutex: &e.mu, Backoff: e.opts.Reconnect,
		Begin: func(config lahja.ConnectionConfig) hello {
			e.attendLater(config.Name)
			return hello{subject: e.subjects.listen(config.Name), target: "d-" + escape(config.Name), answer: make(chan outcome, 1), token: randomNumber()}
		},
		Ended: e.attendLater,
		Holder: func(name string) (held, listed bool) {
			l := e.links[name]
			return l != nil, l != nil && l.isReadyLocked()
		},
		Connect: func(ctx context.Context, a *attempt) (dial.Retry, error) {
			if a.Again && !e.awaitServer(ctx) {
				return dial.Soon, ctx.Err()
			}
			err := e.connect(ctx, a)
			if errors.Is(err, lahja.ErrConnectionAttemptRejected) {
				return dial.Slowly, err
			}
			return dial.Soon, err
		},
		Go: e.work.Go})
}

// connecting is the state of one attempt.
type connecting struct {
	endpoint *Endpoint
	own      *attempt
	until    time.Time
	contact  bool // somebody answered
	absent   bool // the server said that nobody listens, when it was asked last
	pause    time.Duration
}

func (e *Endpoint) connect(ctx context.Context, a *attempt) error {
	c := &connecting{endpoint: e, own: a, until: time.Now().Add(e.opts.ListenWait), pause: firstPause}
	for {
		if err := e.dials.CheckOpen(); err != nil {
			return err
		}
		if l := e.holder(a.Config.Name); l != nil {
			c.met()
			if ready, err := c.awaitReady(ctx, l); ready || err != nil {
				return err
			}
			continue
		}
		if !e.introduce(a) {
			continue
		}
		o, err := c.hear(ctx)
		if err == nil && o != nil {
			err = c.consider(ctx, *o)
		}
		if err != nil {
			return err
		}
	}
}

// met gives the other side time to become ready.
func (c *connecting) met() {
	if !c.contact {
		c.contact = true
		c.until = time.Now().Add(c.endpoint.opts.ReadyWait)
	}
}

// introduce says hello, unless a link holds the name.
func (e *Endpoint) introduce(a *attempt) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.links[a.Config.Name] != nil {
		return false
	}
	a.Introduced = true
	select {
	case <-a.Own.answer: // to an earlier hello
	default:
	}
	body := control{Codec: payload.CodecName, Name: e.name, Replace: a.Own.replace, Token: a.Own.token}
	e.out.add(op{subject: a.Own.subject, reply: e.subjects.absent(e.core.Instance(), a.Own.target),
		data: appendControl(e.header(kindHello), body)})
	return true
}

// hear waits for the answer to the hello. Nil means: check the state again.
func (c *connecting) hear(ctx context.Context) (*outcome, error) {
	left := time.Until(c.until)
	timer := time.NewTimer(min(max(left, 0), helloAgain))
	defer timer.Stop()
	select {
	case o := <-c.own.Own.answer:
		return &o, nil
	case <-c.own.Poked:
		return nil, nil
	case <-c.endpoint.core.Done():
		return nil, c.endpoint.core.LifecycleError("connect")
	case <-ctx.Done():
		return nil, c.timeout(ctx.Err())
	case <-timer.C:
		if left <= helloAgain {
			return nil, c.timeout(context.DeadlineExceeded)
		}
		return nil, nil
	}
}

// consider acts on an answer.
func (c *connecting) consider(ctx context.Context, o outcome) error {
	e, name := c.endpoint, c.own.Config.Name
	c.absent = o.absent
	switch {
	case c.own.Again && o.absent:
		return c.timeout(context.DeadlineExceeded)
	case o.absent, o.code == wire.RefuseClosing:
		return c.rest(ctx)
	case o.code == wire.RefuseRedundant, o.code == refuseYet:
		c.met() // the other one's hello is on its way, or it probes another endpoint first
		return c.rest(ctx)
	case o.code == wire.RefuseConnected:
		c.met()
		c.own.Own.replace = e.holder(name) == nil
		return nil
	}
	return e.fail("connect", name, lahja.ErrConnectionAttemptRejected, o.reason, nil)
}

// rest waits before the next attempt.
func (c *connecting) rest(ctx context.Context) error {
	left := time.Until(c.until)
	if left <= 0 {
		return c.timeout(context.DeadlineExceeded)
	}
	timer := time.NewTimer(min(c.pause, left))
	defer timer.Stop()
	c.pause = min(2*c.pause, mostPause)
	select {
	case <-timer.C:
	case <-c.own.Poked:
	case <-c.endpoint.core.Done():
	case <-ctx.Done():
		return c.timeout(ctx.Err())
	}
	return nil
}

// awaitReady waits until l is ready or gone. If it returns false and nil, check the state
// again.
func (c *connecting) awaitReady(ctx context.Context, l *link) (ready bool, err error) {
	timer := time.NewTimer(max(time.Until(c.until), 0))
	defer timer.Stop()
	select {
	case <-l.ready:
		return !isClosed(l.done), nil
	case <-l.done:
		return false, nil
	case <-c.endpoint.core.Done():
		return false, c.endpoint.core.LifecycleError("connect")
	case <-timer.C:
		err = c.timeout(context.DeadlineExceeded)
	case <-ctx.Done():
		err = c.timeout(ctx.Err())
	}
	if l.dialled && !c.endpoint.dials.TakenOver(c.own) {
		c.endpoint.drop(l, err, false)
	}
	return false, err
}

func (c *connecting) timeout(cause error) error {
	e := c.endpoint
	kind, detail := lahja.ErrNoListener, fmt.Sprintf("ListenWait is %v", e.opts.ListenWait)
	if c.absent {
		detail = fmt.Sprintf("nobody serves under that name on bus %q (ListenWait is %v)", e.opts.Bus, e.opts.ListenWait)
		cause = fmt.Errorf("%w; the last attempt: %w", cause, nats.ErrNoResponders)
	}
	if c.contact {
		kind, detail = nil, fmt.Sprintf("no connection became ready (ReadyWait is %v)", e.opts.ReadyWait)
	}
	return e.fail("connect to "+c.own.Config.String(), c.own.Config.Name, kind, detail, cause)
}
