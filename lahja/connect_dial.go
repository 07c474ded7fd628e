package lahja

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// attempt dials once. If it returns nil, there is a candidate now. errAgain means that a
// later attempt may succeed.
func (c *connecting) attempt(ctx context.Context) error {
	dialling, cancel := context.WithDeadline(ctx, c.until())
	defer cancel()
	if !c.endpoint.startDialling(c.dial, cancel) {
		return nil
	}
	conn, err := c.endpoint.use.transport.Dial(dialling, c.dial.config.Address)
	c.endpoint.stopDialling(c.dial)
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
		return c.endpoint.core.lifecycleError("connect")
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
		return c.hopeless(err, nil)
	}
	return errAgain
}

// hopeless returns the error of an attempt that is not repeated.
func (c *connecting) hopeless(err, kind error) error {
	return &Error{Op: "connect to " + c.dial.config.String(), Endpoint: c.endpoint.name, Peer: c.dial.config.Name, Kind: kind, Err: err}
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
	return errors.Is(err, ErrInvalid) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission)
}

// startDialling records that the transport dials, and reports whether it may: not if the
// name has a holder.
func (e *Endpoint) startDialling(d *dial, stop func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing || e.peers[d.config.Name] != nil {
		return false
	}
	d.stop = stop
	e.use.enter()
	return true
}

func (e *Endpoint) stopDialling(d *dial) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d.stop = nil
}

// introduce says hello, and claims the name for the connection if the answer is right. It
// does not close conn when it fails. The answer may take long: the other side may be busy,
// or probe the name's holder.
func (c *connecting) introduce(ctx context.Context, conn net.Conn) error {
	e := c.endpoint
	if !e.startIntroduction(c.dial) {
		return errAgain
	}
	defer e.endIntroduction(c.dial)
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
		return e.connectionError(c.dial.config.Name, "connect", err)
	}
	if refusal := c.check(conn, hello); refusal != nil {
		_, _ = conn.Write(refusal.Append(nil)) // a courtesy: we leave anyway
		return e.rejected(c.dial.config, "the answer does not fit: "+refusal.Reason, nil)
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

// greet sends our hello and reads the answer.
func (e *Endpoint) greet(conn net.Conn, frames *wire.Reader) (wire.Kind, []byte, error) {
	_, unwritten := conn.Write(e.hello())
	if unwritten != nil { // The other side may have said why before it hung up.
		defer time.AfterFunc(lastRead, func() { conn.Close() }).Stop()
	}
	kind, body, err := frames.Next(wire.MaxHello)
	if err != nil && unwritten != nil && !unmendable(err) && vagueness(unwritten) <= vagueness(err) {
		err = unwritten
	}
	return kind, body, err
}

func (e *Endpoint) hello() []byte {
	return wire.HelloMsg{Version: wire.Version, Codec: payload.CodecName, Name: e.name, Instance: e.core.Instance()}.Append(nil)
}

func parseHello(kind wire.Kind, body []byte) (wire.HelloMsg, error) {
	if kind != wire.Hello {
		return wire.HelloMsg{}, fmt.Errorf("%w: the first message is %s, not hello", wire.ErrMalformed, kind)
	}
	return wire.ParseHello(body)
}

// unanswered handles a connection that ended before an answer. Unless the answer was
// malformed, that counts as no listener: the listener may be closing, with its successor on
// its way.
func (c *connecting) unanswered(ctx context.Context, err error, after time.Duration) error {
	if errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge) {
		return c.endpoint.connectionError(c.dial.config.Name, "connect", err)
	}
	if unmendable(err) {
		return c.hopeless(err, ErrConnectionAttemptRejected)
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
	if want := c.dial.config.Name; hello.Name != want {
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

func checkProtocol(hello wire.HelloMsg) *wire.RefuseMsg {
	switch {
	case hello.Version != wire.Version:
		return &wire.RefuseMsg{Code: wire.RefuseProtocol,
			Reason: fmt.Sprintf("protocol version %d, not %d", hello.Version, wire.Version)}
	case hello.Codec != payload.CodecName:
		return &wire.RefuseMsg{Code: wire.RefuseProtocol, Reason: fmt.Sprintf("codec %q, not %q", hello.Codec, payload.CodecName)}
	}
	return nil
}

// refused returns errAgain for a refusal that passes by itself, and the final error for any
// other.
func (c *connecting) refused(body []byte) error {
	m, err := wire.ParseRefuse(body)
	if err != nil {
		return c.endpoint.connectionError(c.dial.config.Name, "connect", err)
	}
	refusal := c.endpoint.refusedError(c.dial.config.Name, m)
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

// passing reports whether a refusal passes by itself: the other side is closing, with its
// successor on its way, or it has or makes the connection that both sides keep.
func passing(code wire.RefuseCode) bool {
	switch code {
	case wire.RefuseClosing, wire.RefuseRedundant, wire.RefuseConnected:
		return true
	}
	return false
}

func (e *Endpoint) refusedError(name string, m wire.RefuseMsg) error {
	refused := &Error{Op: "connect", Endpoint: e.name, Peer: name, Kind: ErrConnectionAttemptRejected,
		Detail: fmt.Sprintf("it refused (%s): %s", m.Code, brief.Text(m.Reason))}
	if m.Code == wire.RefusePermission {
		refused.Err = fs.ErrPermission
	}
	return refused
}
