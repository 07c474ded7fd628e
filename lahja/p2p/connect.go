package p2p

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/dial"
)

// ConnectToEndpoints implements lahja.EndpointAPI. If one config cannot be tried at all (the
// endpoint itself, a connected name, or a name given twice), none is.
//
// Two endpoints that connect to each other at once end with one connection, the one that
// the smaller name dialled, and both calls succeed.
//
// With Options.Reconnect, the endpoint reconnects to each peer that a call connected it to.
// A call for a name that the endpoint is about to reconnect to takes over: it dials at
// once, within its own limits, and its result counts. If it succeeds, its address is the
// one to reconnect to. If it fails, the endpoint keeps trying at the previous address.
func (e *Endpoint) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	return e.dials.ConnectToEndpoints(ctx, configs...)
}

// attempt is an attempt of our own to connect to a peer.
type attempt = dial.Attempt[struct{}]

func (e *Endpoint) initDials() {
	e.dials = dial.New(dial.Config[struct{}]{Core: e.core, Mutex: &e.mu, Backoff: e.opts.Reconnect,
		Begin: func(lahja.ConnectionConfig) struct{} { return struct{}{} },
		Holder: func(name string) (held, listed bool) {
			p := e.peers[name]
			return p != nil, p != nil && p.inTable()
		},
		Connect: e.connect,
		Go: func(f func()) {
			e.work.Start()
			go func() {
				defer e.work.End()
				f()
			}()
		}})
}

// errAgain means that the attempt should be repeated after a pause.
var errAgain = errors.New("try again")

func (e *Endpoint) connect(ctx context.Context, a *attempt) (dial.Retry, error) {
	c := connecting{endpoint: e, own: a}
	err := lahja.Completed(c.keepTrying(ctx), lahja.Error{Peer: a.Config.Name})
	return c.retry(err), err
}

// retry returns what an error says about the next attempt to reconnect.
func (c *connecting) retry(err error) dial.Retry {
	switch {
	case errors.Is(err, fs.ErrPermission): // somebody may still grant it
		return dial.Slowly
	case c.refusal == wire.RefuseSelf, unmendable(err):
		return dial.Never
	case passing(c.refusal), !errors.Is(err, lahja.ErrConnectionAttemptRejected):
		return dial.Soon
	}
	return dial.Slowly
}

// keepTrying makes attempts until there is a ready connection, no matter which side dialled
// it, or until trying again is useless. To reconnect, it makes only one attempt.
func (c *connecting) keepTrying(ctx context.Context) error {
	c.missed()
	for {
		if err := c.endpoint.dials.CheckOpen(); err != nil {
			return err
		}
		if p := c.candidate(); p != nil {
			c.answered()
			if ready, err := c.awaitReady(ctx, p); ready || err != nil {
				return err
			}
			continue
		}
		switch err := c.attempt(ctx); {
		case err == nil: // there is a candidate now
		case errors.Is(err, errAgain):
			if err := c.rest(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// connecting is the state of one connect call across its attempts.
//
// It has two limits. ListenWait bounds the time in which nothing answers at the address. It
// ends with an answer, pauses while a connection waits for one, and starts again when
// nothing listens any more. ReadyWait starts once, when a listener is there for the first
// time.
type connecting struct {
	endpoint *Endpoint
	own      *attempt
	listen   time.Time       // when ListenWait is over; zero while a listener answers
	ready    time.Time       // when ReadyWait is over; zero before it starts
	pause    time.Duration   // the last one
	last     error           // why the last attempt failed
	silent   bool            // the last attempt was not answered
	refusal  wire.RefuseCode // of the last attempt, or 0
	mine     *peer           // connection of the last attempt
	seen     bool            // mine was waited for
}

// candidate returns the connection that may become ready: the one just dialled, even if it
// has ended already (its reason counts), or the one that holds the name.
func (c *connecting) candidate() *peer {
	if c.mine != nil && !c.seen {
		c.seen = true
		return c.mine
	}
	return c.endpoint.holder(c.own.Config.Name)
}

// missed starts ListenWait: nothing listens, or not for long.
func (c *connecting) missed() { c.listen = time.Now().Add(c.endpoint.opts.ListenWait) }

// reached starts ReadyWait, unless it runs.
func (c *connecting) reached() {
	if c.ready.IsZero() {
		c.ready = time.Now().Add(c.endpoint.opts.ReadyWait)
	}
}

// answered ends ListenWait.
func (c *connecting) answered() {
	c.reached()
	c.listen = time.Time{}
}

// until returns when the first running limit is over.
func (c *connecting) until() time.Time {
	if c.listening() {
		return c.listen
	}
	return c.ready
}

// listening reports whether ListenWait is over before ReadyWait.
func (c *connecting) listening() bool {
	return c.ready.IsZero() || !c.listen.IsZero() && c.listen.Before(c.ready)
}

// Attempts follow each other after 1 ms, 2 ms, ... 50 ms: a listener that is about to
// appear is found at once, and waiting for a slow one costs little.
const (
	firstPause = time.Millisecond
	mostPause  = 50 * time.Millisecond
)

// rest waits before the next attempt, or until the name's holder changes.
func (c *connecting) rest(ctx context.Context) error {
	if c.own.Again {
		return c.missedOnce()
	}
	c.pause = min(max(2*c.pause, firstPause), mostPause)
	if err := ctx.Err(); err != nil {
		return c.timeout(err)
	}
	left := time.Until(c.until())
	if left <= 0 {
		return c.timeout(context.DeadlineExceeded)
	}
	timer := time.NewTimer(min(c.pause, left))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.own.Poked:
	case <-c.endpoint.core.Done():
	case <-ctx.Done():
		return c.timeout(ctx.Err())
	}
	return nil
}

// missedOnce returns the error of the only attempt to reconnect, or nil if the peer
// connected meanwhile.
func (c *connecting) missedOnce() error {
	if c.endpoint.holder(c.own.Config.Name) != nil {
		return nil
	}
	failed := c.failed(lahja.ErrNoListener, c.last)
	failed.Op = "re" + failed.Op
	if short := shortage(c.last); short != "" {
		failed.Kind, failed.Detail = nil, short
	} else if errors.Is(c.last, lahja.ErrConnectionAttemptRejected) { // redundant, or closing
		failed.Kind, failed.Detail = nil, "no connection yet"
	}
	return failed
}

// awaitReady waits until p is ready or gone. If it returns false and nil, check the state
// again.
func (c *connecting) awaitReady(ctx context.Context, p *peer) (ready bool, err error) {
	timer := time.NewTimer(max(time.Until(c.until()), 0))
	defer timer.Stop()
	isReady := p.ready
	if p.leaving() { // it was ready once; this is about the next one
		isReady = nil
	}
	select {
	case <-isReady:
		return true, nil
	case <-p.done:
		return false, c.lost(p)
	case <-c.endpoint.core.Done():
		return false, c.endpoint.core.LifecycleError("connect")
	case <-timer.C:
		err = c.timeout(context.DeadlineExceeded)
	case <-ctx.Done():
		err = c.timeout(ctx.Err())
	}
	if p.dialled && !p.wasReady() && !c.endpoint.dials.TakenOver(c.own) {
		p.fail(err)
	}
	return false, err
}

// lost returns the error if p is the connection of this call and ended before it was ready.
// Other connections do not concern the call.
func (c *connecting) lost(p *peer) error {
	if p != c.mine || p.wasReady() {
		return nil
	}
	if err := c.endpoint.dials.CheckOpen(); err != nil {
		return err
	}
	reason := p.reason()
	if errors.Is(reason, lahja.ErrConnectionAttemptRejected) {
		return reason
	}
	failed := c.failed(lahja.ErrRemoteDisconnected, reason)
	failed.Detail = "the connection ended before it was ready"
	return failed
}

func (c *connecting) timeout(cause error) error {
	failed := c.failed(nil, cause)
	if short := shortage(c.last); short != "" {
		failed.Detail = short
	} else if c.listening() && c.silent {
		failed.Detail = "a listener took the connection and did not answer"
	} else if c.listening() {
		failed.Kind, failed.Detail = lahja.ErrNoListener, fmt.Sprintf("ListenWait is %v", c.endpoint.opts.ListenWait)
	} else {
		failed.Detail = fmt.Sprintf("no connection became ready (ReadyWait is %v)", c.endpoint.opts.ReadyWait)
	}
	if c.last != nil {
		failed.Err = fmt.Errorf("%w; the last attempt: %w", cause, c.last)
	}
	return failed
}
