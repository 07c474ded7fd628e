package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
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
	if err := e.core.CheckContext(ctx, "connect"); err != nil {
		return err
	}
	dials, err := e.startDials(configs)
	defer e.endDials(dials)
	if err != nil {
		return err
	}
	errs := make([]error, len(dials))
	var all sync.WaitGroup
	for i, d := range dials {
		all.Go(func() { errs[i] = e.connectAndKeep(ctx, d) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// dial is one connection attempt of our own, from the call to its end.
type dial struct {
	config  lahja.ConnectionConfig
	subject string        // where the other one listens
	target  string        // what the server reports if it does not
	relink  bool          // tried once, at a peer that was connected
	poke    chan struct{} // holds a token when the holder of the name changed
	answer  chan outcome  // what became of the last hello
	token   uint64        // of our hellos

	introduced bool // our hello is on its way; guarded by Endpoint.mu
	replace    bool // ask for a new connection in place of an old one
}

// outcome is an answer to a hello other than a welcome.
type outcome struct {
	absent bool // nobody listens
	code   wire.RefuseCode
	reason string
}

// settleLocked records the latest answer.
func (d *dial) settleLocked(o outcome) {
	select {
	case <-d.answer:
	default:
	}
	d.answer <- o
}

func (e *Endpoint) newDialLocked(config lahja.ConnectionConfig) *dial {
	d := &dial{config: config, subject: e.subjects.listen(config.Name), target: "d-" + escape(config.Name),
		poke: make(chan struct{}, 1), answer: make(chan outcome, 1), token: randomNumber()}
	e.dials[config.Name] = d
	e.attendLater(config.Name)
	return d
}

// pokeLocked tells the attempt for that name that its holder changed.
func (e *Endpoint) pokeLocked(name string) {
	if d := e.dials[name]; d != nil {
		select {
		case d.poke <- struct{}{}:
		default:
		}
	}
}

func (e *Endpoint) startDials(configs []lahja.ConnectionConfig) ([]*dial, error) {
	const op = "connect"
	if err := e.checkOpen(op); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var dials []*dial
	for _, config := range configs {
		if err := lahja.ValidateName(config.Name); err != nil {
			return dials, err
		}
		if detail := e.rejectLocked(config.Name); detail != "" {
			return dials, e.fail(op, config.Name, lahja.ErrConnectionAttemptRejected, detail, nil)
		}
		e.takeOverLocked(config.Name)
		dials = append(dials, e.newDialLocked(config))
	}
	return dials, nil
}

// rejectLocked returns why no attempt can be made, or "".
func (e *Endpoint) rejectLocked(name string) string {
	d, l := e.dials[name], e.links[name]
	switch {
	case name == e.name:
		return "an endpoint is always connected to itself"
	case d != nil && !d.relink:
		return "it is already being connected; name each endpoint once"
	case l != nil && l.isReadyLocked():
		return "it is already connected"
	}
	return ""
}

func (e *Endpoint) endDials(dials []*dial) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, d := range dials {
		if e.dials[d.config.Name] == d {
			delete(e.dials, d.config.Name)
			e.attendLater(d.config.Name)
			e.resumeLocked(d.config.Name)
		}
	}
}

// connectAndKeep connects for a call. Its other connections may take longer.
func (e *Endpoint) connectAndKeep(ctx context.Context, d *dial) error {
	defer e.endDials([]*dial{d})
	err := e.connect(ctx, d)
	if err == nil {
		e.keep(d.config)
	}
	return err
}

// connecting is the state of one attempt.
type connecting struct {
	endpoint *Endpoint
	dial     *dial
	until    time.Time
	contact  bool // somebody answered
	absent   bool // the server said that nobody listens, when it was asked last
	pause    time.Duration
}

func (e *Endpoint) connect(ctx context.Context, d *dial) error {
	c := &connecting{endpoint: e, dial: d, until: time.Now().Add(e.opts.ListenWait), pause: firstPause}
	for {
		if err := e.checkOpen("connect"); err != nil {
			return err
		}
		if l := e.holder(d.config.Name); l != nil {
			c.met()
			if ready, err := c.awaitReady(ctx, l); ready || err != nil {
				return err
			}
			continue
		}
		if !e.introduce(d) {
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
func (e *Endpoint) introduce(d *dial) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.links[d.config.Name] != nil {
		return false
	}
	d.introduced = true
	select {
	case <-d.answer: // to an earlier hello
	default:
	}
	body := control{Codec: payload.CodecName, Name: e.name, Replace: d.replace, Token: d.token}
	e.out.add(op{subject: d.subject, reply: e.subjects.absent(e.core.Instance(), d.target),
		data: appendControl(e.header(kindHello), body)})
	return true
}

// hear waits for the answer to the hello. Nil means: check the state again.
func (c *connecting) hear(ctx context.Context) (*outcome, error) {
	left := time.Until(c.until)
	timer := time.NewTimer(min(max(left, 0), helloAgain))
	defer timer.Stop()
	select {
	case o := <-c.dial.answer:
		return &o, nil
	case <-c.dial.poke:
		return nil, nil
	case <-c.endpoint.core.Done():
		return nil, c.endpoint.lifecycleError("connect")
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
	e, name := c.endpoint, c.dial.config.Name
	c.absent = o.absent
	switch {
	case c.dial.relink && o.absent:
		return c.timeout(context.DeadlineExceeded)
	case o.absent, o.code == wire.RefuseClosing:
		return c.rest(ctx)
	case o.code == wire.RefuseRedundant, o.code == refuseYet:
		c.met() // the other one's hello is on its way, or it probes another endpoint first
		return c.rest(ctx)
	case o.code == wire.RefuseConnected:
		c.met()
		c.dial.replace = e.holder(name) == nil
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
	case <-c.dial.poke:
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
		return false, c.endpoint.lifecycleError("connect")
	case <-timer.C:
		err = c.timeout(context.DeadlineExceeded)
	case <-ctx.Done():
		err = c.timeout(ctx.Err())
	}
	if l.dialled && !c.takenOver() {
		c.endpoint.drop(l, err, false)
	}
	return false, err
}

// takenOver reports whether a call continues with the link of the endpoint's own attempt.
func (c *connecting) takenOver() bool {
	c.endpoint.mu.Lock()
	defer c.endpoint.mu.Unlock()
	return c.dial.relink && !c.endpoint.closing && c.endpoint.dials[c.dial.config.Name] != c.dial
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
	return e.fail("connect to "+c.dial.config.String(), c.dial.config.Name, kind, detail, cause)
}
