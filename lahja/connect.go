package lahja

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/caller"
)

// ConnectToEndpoints implements EndpointAPI. If one config cannot be tried at all (the
// endpoint itself, a connected name, or a name given twice), none is.
//
// Two endpoints that connect to each other at once end with one connection, the one that
// the smaller name dialled, and both calls succeed.
//
// With Options.Reconnect, the endpoint reconnects to each peer that a call connected it to.
// A call for a name that the endpoint is about to reconnect to takes over: it dials at
// once, within its own limits, and its result counts. If it succeeds, its address is the
// one to reconnect to. If it fails, the endpoint keeps trying at the previous address.
func (e *Endpoint) ConnectToEndpoints(ctx context.Context, configs ...ConnectionConfig) error {
	if caller.MustNotWait() {
		return completed(e.core.waitsInline("connect"), Error{Peer: namesOf(configs)})
	}
	if err := e.core.CheckContext(ctx, "connect"); err != nil {
		return completed(err, Error{Peer: namesOf(configs)})
	}
	dials, err := e.startDials(configs)
	defer e.endDials(dials...)
	if err != nil {
		return completed(err, Error{Endpoint: e.name, Peer: namesOf(configs)})
	}
	if len(dials) == 1 {
		return e.connect(ctx, dials[0])
	}
	errs := make([]error, len(dials))
	var all sync.WaitGroup
	for i, d := range dials {
		all.Go(func() { errs[i] = e.connect(ctx, d) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func namesOf(configs []ConnectionConfig) string {
	return brief.Each(len(configs), ", ", func(i int) string { return brief.Name(configs[i].Name) })
}

// dial is one connection attempt of our own, from the call to its end.
type dial struct {
	config ConnectionConfig
	poke   chan struct{} // has a token if the holder of the name changed

	// Guarded by Endpoint.mu.
	again      bool   // made to reconnect, not by a call; a call takes over
	introduced bool   // our hello is on its way, and may be accepted
	stop       func() // interrupts the transport; nil while it does not dial
}

// interruptLocked makes the attempt check the state again.
func (d *dial) interruptLocked() {
	if d.stop != nil {
		d.stop()
	}
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// pokeLocked tells the attempt for that name that its holder changed.
func (e *Endpoint) pokeLocked(name string) {
	if d := e.dials[name]; d != nil {
		d.interruptLocked()
	}
}

// startDials registers the attempts, so that connections that come in meanwhile see them.
func (e *Endpoint) startDials(configs []ConnectionConfig) ([]*dial, error) {
	const op = "connect"
	if err := e.core.Check(op); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return nil, e.core.lifecycleError(op)
	}
	var dials []*dial
	for _, config := range configs {
		if err := ValidateName(config.Name); err != nil {
			return dials, err
		}
		if detail := e.rejectLocked(config.Name); detail != "" {
			return dials, e.rejected(config, detail, nil)
		}
		e.takeOverLocked(config.Name)
		dials = append(dials, e.newDialLocked(config))
	}
	return dials, nil
}

func (e *Endpoint) newDialLocked(config ConnectionConfig) *dial {
	d := &dial{config: config, poke: make(chan struct{}, 1)}
	e.dials[config.Name] = d
	return d
}

// rejectLocked returns why no attempt can be made, or "".
func (e *Endpoint) rejectLocked(name string) string {
	p, d := e.peers[name], e.dials[name]
	switch {
	case name == e.name:
		return "an endpoint is always connected to itself"
	case d != nil && !d.again:
		return "it is already being connected; name each endpoint once"
	case p != nil && p.inTable():
		return "it is already connected"
	}
	return ""
}

// endDials ends attempts. Ending one again does nothing, because another attempt may have
// its place.
func (e *Endpoint) endDials(dials ...*dial) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range dials {
		if e.dials[d.config.Name] == d {
			delete(e.dials, d.config.Name)
			e.resumeLocked(d.config.Name)
		}
	}
}

func (e *Endpoint) rejected(config ConnectionConfig, detail string, cause error) *Error {
	return &Error{Op: "connect to " + config.String(), Endpoint: e.name, Peer: config.Name,
		Kind: ErrConnectionAttemptRejected, Detail: detail, Err: cause}
}

// errAgain means that the attempt should be repeated after a pause.
var errAgain = errors.New("try again")

func (e *Endpoint) connect(ctx context.Context, d *dial) error {
	defer e.endDials(d) // others of the call may take longer
	c := connecting{endpoint: e, dial: d}
	err := c.keepTrying(ctx)
	if err == nil {
		e.keep(d.config)
	}
	return completed(err, Error{Peer: d.config.Name})
}

// keepTrying makes attempts until there is a ready connection, no matter which side dialled
// it, or until trying again is useless. To reconnect, it makes only one attempt.
func (c *connecting) keepTrying(ctx context.Context) error {
	c.missed()
	for {
		if err := c.endpoint.checkOpen(); err != nil {
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

func (e *Endpoint) checkOpen() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return e.core.lifecycleError("connect")
	}
	return nil
}

// connecting is the state of one connect call across its attempts.
//
// It has two limits. ListenWait bounds the time in which nothing answers at the address. It
// ends with an answer, pauses while a connection waits for one, and starts again when
// nothing listens any more. ReadyWait starts once, when a listener is there for the first
// time.
type connecting struct {
	endpoint *Endpoint
	dial     *dial
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
	return c.endpoint.holder(c.dial.config.Name)
}

// missed starts ListenWait: nothing listens, or not for long.
func (c *connecting) missed() { c.listen = time.Now().Add(c.endpoint.opts.listenWait()) }

// reached starts ReadyWait, unless it runs.
func (c *connecting) reached() {
	if c.ready.IsZero() {
		c.ready = time.Now().Add(c.endpoint.opts.readyWait())
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
	if c.dial.again {
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
	case <-c.dial.poke:
	case <-c.endpoint.core.Done():
	case <-ctx.Done():
		return c.timeout(ctx.Err())
	}
	return nil
}

// missedOnce returns the error of the only attempt to reconnect, or nil if the peer
// connected meanwhile.
func (c *connecting) missedOnce() error {
	if c.endpoint.holder(c.dial.config.Name) != nil {
		return nil
	}
	config := c.dial.config
	failed := &Error{Op: "reconnect to " + config.String(), Endpoint: c.endpoint.name, Peer: config.Name, Kind: ErrNoListener, Err: c.last}
	if short := shortage(c.last); short != "" {
		failed.Kind, failed.Detail = nil, short
	} else if errors.Is(c.last, ErrConnectionAttemptRejected) { // redundant, or closing
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
		return false, c.endpoint.core.lifecycleError("connect")
	case <-timer.C:
		err = c.timeout(context.DeadlineExceeded)
	case <-ctx.Done():
		err = c.timeout(ctx.Err())
	}
	if p.dialled && !p.wasReady() && !c.takenOver() {
		p.fail(err)
	}
	return false, err
}

// takenOver reports whether a call continues with the connection of this attempt to
// reconnect.
func (c *connecting) takenOver() bool {
	c.endpoint.mu.Lock()
	defer c.endpoint.mu.Unlock()
	return !c.endpoint.closing && c.endpoint.dials[c.dial.config.Name] != c.dial
}

// lost returns the error if p is the connection of this call and ended before it was ready.
// Other connections do not concern the call.
func (c *connecting) lost(p *peer) error {
	if p != c.mine || p.wasReady() {
		return nil
	}
	if err := c.endpoint.checkOpen(); err != nil {
		return err
	}
	reason := p.reason()
	if errors.Is(reason, ErrConnectionAttemptRejected) {
		return reason
	}
	return &Error{Op: "connect to " + c.dial.config.String(), Endpoint: c.endpoint.name, Peer: p.name,
		Kind: ErrRemoteDisconnected, Detail: "the connection ended before it was ready", Err: reason}
}

func (c *connecting) timeout(cause error) error {
	config := c.dial.config
	failed := &Error{Op: "connect to " + config.String(), Endpoint: c.endpoint.name, Peer: config.Name, Err: cause}
	if short := shortage(c.last); short != "" {
		failed.Detail = short
	} else if c.listening() && c.silent {
		failed.Detail = "a listener took the connection and did not answer"
	} else if c.listening() {
		failed.Kind, failed.Detail = ErrNoListener, fmt.Sprintf("ListenWait is %v", c.endpoint.opts.listenWait())
	} else {
		failed.Detail = fmt.Sprintf("no connection became ready (ReadyWait is %v)", c.endpoint.opts.readyWait())
	}
	if c.last != nil {
		failed.Err = fmt.Errorf("%w; the last attempt: %w", cause, c.last)
	}
	return failed
}
