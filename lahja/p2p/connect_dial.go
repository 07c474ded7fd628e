package p2p

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// attempt dials once. If it returns nil, there is a candidate now. errAgain means that a
// later attempt may succeed.
func (c *connecting) attempt(ctx context.Context) error {
	dialling, cancel := context.WithDeadline(ctx, c.until())
	defer cancel()
	if !c.endpoint.startDialling(c.own, cancel) {
		return nil
	}
	conn, err := c.endpoint.use.transport.Dial(dialling, c.own.Config.Address)
	c.endpoint.stopDialling(c.own)
	if err != nil {
		c.endpoint.leaveTransport()
		return c.dialFailed(err)
	}
	_, ok := c.endpoint.admit(conn, false)
	if !ok {
		conn.Close()
	}
	c.endpoint.leaveTransport()
	if !ok {
		return c.endpoint.core.LifecycleError("connect")
	}
	defer func() { _ = c.endpoint.dismiss(conn) }() // Only incoming ones are ended.
	c.reached()
	if err := c.introduce(ctx, conn); err != nil {
		conn.Close()
		return err
	}
	return nil
}

// dialFailed returns errAgain, unless trying again is useless.
func (c *connecting) dialFailed(err error) error {
	if c.last == nil || !cutOff(err) {
		c.last, c.silent = err, false
	}
	if c.listen.IsZero() {
		c.missed()
	}
	if unmendable(err) {
		return c.failed(nil, err)
	}
	return errAgain
}

// failed returns an error of the attempt.
func (c *connecting) failed(kind, cause error) *lahja.Error {
	return &lahja.Error{Op: "connect to " + c.own.Config.String(), Endpoint: c.endpoint.name, Peer: c.own.Config.Name, Kind: kind, Err: cause}
}

// cutOff reports whether err says only that time ran out or the attempt was cancelled, and
// not what was in its way.
func cutOff(err error) bool {
	if failed, ok := errors.AsType[net.Error](err); !ok || !failed.Timeout() {
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			return false
		}
	}
	why, ok := errors.AsType[syscall.Errno](err)
	return !ok || why == syscall.ETIMEDOUT
}

// unmendable reports whether no later attempt can succeed; see Transport.
func unmendable(err error) bool {
	return errors.Is(err, lahja.ErrInvalid) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission)
}

// startDialling records that the transport dials, and reports whether it may: not if the
// name has a holder.
func (e *Endpoint) startDialling(a *attempt, stop func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing || e.peers[a.Config.Name] != nil {
		return false
	}
	a.Interrupt = stop
	e.use.enter()
	return true
}

func (e *Endpoint) stopDialling(a *attempt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.Interrupt = nil
}

// introduce says hello, and claims the name for the connection if the answer is right. It
// does not close conn when it fails. The answer may take long: the other side may be busy,
// or probe the name's holder.
func (c *connecting) introduce(ctx context.Context, conn net.Conn) error {
	e := c.endpoint
	if !e.startIntroduction(c.own) {
		return errAgain
	}
	defer e.endIntroduction(c.own)
	c.refusal = 0
	started := time.Now()
	ctx, cancel := context.WithDeadline(ctx, c.ready)
	defer cancel()
	release := context.AfterFunc(ctx, func() { conn.Close() })
	defer release()
	frames := wire.NewReader(conn)
	kind, body, err := e.greet(conn, frames)
	if err != nil {
		return c.unanswered(ctx, err, time.Since(started))
	}
	c.answered()
	if kind == wire.Refuse {
		return c.refused(body)
	}
	hello, err := parseHello(kind, body)
	if err != nil {
		return e.connectionError(c.own.Config.Name, "connect", err)
	}
	if refusal := c.check(conn, hello); refusal != nil {
		_, _ = conn.Write(refusal.Append(nil)) // a courtesy: we leave anyway
		failed := c.failed(lahja.ErrConnectionAttemptRejected, nil)
		failed.Detail = "the answer does not fit: " + refusal.Reason
		return failed
	}
	if !release() { // it is about to be closed, and must not become ready
		return c.unanswered(ctx, ctx.Err(), time.Since(started))
	}
	p := newPeer(e, hello, conn, frames, true)
	if !e.claim(p) {
		return errAgain
	}
	c.mine, c.seen = p, false
	p.out.MarkStale()
	go p.read()
	return nil
}

// unanswered handles a connection that ended before an answer. Unless the answer was
// malformed, that counts as no listener: the listener may be closing, with its successor on
// its way.
func (c *connecting) unanswered(ctx context.Context, err error, after time.Duration) error {
	if errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge) {
		return c.endpoint.connectionError(c.own.Config.Name, "connect", err)
	}
	if unmendable(err) {
		return c.failed(lahja.ErrConnectionAttemptRejected, err)
	}
	if c.silent = ctx.Err() != nil; c.silent {
		err = fmt.Errorf("no answer to the hello for %v: %w", after, err)
	}
	c.last = err
	if c.listen.IsZero() {
		c.missed()
	} else {
		c.listen = c.listen.Add(after)
	}
	return errAgain
}

// check returns why the other side is not the endpoint that we dial, or nil.
func (c *connecting) check(conn net.Conn, hello wire.HelloMsg) *wire.RefuseMsg {
	if refusal := checkProtocol(hello); refusal != nil {
		return refusal
	}
	if want := c.own.Config.Name; hello.Name != want {
		return &wire.RefuseMsg{Code: wire.RefuseName,
			Reason: fmt.Sprintf("%q listens there, not %q", hello.Name, want)}
	}
	if err := verifyName(conn, hello.Name); err != nil {
		return &wire.RefuseMsg{Code: wire.RefuseName, Reason: fmt.Sprintf("the endpoint that listens there may not be named %q: %v", hello.Name, err)}
	}
	e := c.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runLocked(hello.Name, hello.Instance)
}

// refused returns errAgain for a refusal that passes by itself, and the final error for any
// other.
func (c *connecting) refused(body []byte) error {
	m, err := wire.ParseRefuse(body)
	if err != nil {
		return c.endpoint.connectionError(c.own.Config.Name, "connect", err)
	}
	refusal := c.endpoint.refusedError(c.own.Config.Name, m)
	c.refusal = m.Code
	if m.Code == wire.RefuseClosing {
		c.missed()
	}
	if passing(m.Code) {
		c.last = refusal
		return errAgain
	}
	return refusal
}
