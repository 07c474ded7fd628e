package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// dialTimeout bounds one attempt to reach a server if ctx does not.
const dialTimeout = 2 * time.Second

// begin connects to the server and starts to read and to write.
func (e *Endpoint) begin(ctx context.Context, op string, serve bool) error {
	conn, err := e.reach(ctx)
	if err != nil {
		kind, detail, cause := unreached(e.opts.URL, e.socket.why(err))
		return e.fail(op, "", kind, detail, cause)
	}
	if serve {
		if err := e.isFree(ctx, conn, op, e.name); err != nil {
			e.abandon(conn)
			return err
		}
	}
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		e.abandon(conn)
		return e.core.LifecycleError(op)
	}
	e.conn, e.begun, e.ticked = conn, true, time.Now()
	e.most.Store(conn.MaxPayload())
	if conn.IsConnected() {
		e.setOnlineLocked(true)
	}
	e.writer = writer{endpoint: e, conn: conn, sequences: map[string]uint64{}, dirty: map[string]struct{}{},
		presences: map[string]*nats.Subscription{}}
	e.work.Add(1)
	e.mu.Unlock()
	subjects := []string{e.subjects.inbox(e.core.Instance()), e.subjects.absent(e.core.Instance(), ">")}
	if serve {
		subjects = append(subjects, e.subjects.listen(e.name), e.subjects.who())
	}
	for _, subject := range subjects {
		sub, err := conn.ChanSubscribe(subject, e.incoming)
		if err != nil {
			e.work.Done()
			close(e.written)
			return e.fail(op, "", nil, "it cannot subscribe at the NATS server", err)
		}
		e.standing = append(e.standing, sub)
	}
	go e.read()
	go e.writer.run()
	if err := flush(ctx, conn); err != nil {
		return e.fail(op, "", nil, "the NATS server does not answer", err)
	}
	if e.serves = serve; serve {
		e.sayServing(false)
	}
	return nil
}

// sayServing tells whoever wants to know that the endpoint serves under its name, or that it has
// ended that.
func (e *Endpoint) sayServing(ended bool) {
	e.out.add(op{subject: e.subjects.serving(), data: appendControl(e.header(kindServing), control{Name: e.name, Final: ended})})
}

// flush waits until the server has taken everything before. It adds the deadline that
// nats.go requires, which ctx may not have.
func flush(ctx context.Context, conn *nats.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, nats.DefaultTimeout*5)
	defer cancel()
	return conn.FlushWithContext(ctx)
}

func (e *Endpoint) reach(ctx context.Context) (*nats.Conn, error) {
	timeout := dialTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(min(timeout, time.Until(deadline)), time.Millisecond)
	}
	all := append([]nats.Option{nats.Timeout(timeout), nats.ReconnectWait(50 * time.Millisecond), nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.FlusherTimeout(e.opts.Liveness)}, e.opts.NATS...)
	all = append(all,
		nats.Name("lahja endpoint "+e.name),
		nats.NoEcho(),
		nats.MaxReconnects(-1),
		nats.ReconnectBufSize(-1), // what waits, waits in the outbox
		nats.CustomInboxPrefix(e.opts.Bus+".r."+hex(e.core.Instance())),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { e.offline(err) }),
		nats.ReconnectHandler(func(conn *nats.Conn) { e.resume(conn.MaxPayload()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { e.asyncError(err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(e.hungUp) }),
		e.socket.attach,
	)
	return nats.Connect(e.opts.URL, all...)
}

// abandon closes a connection that was never used.
func (e *Endpoint) abandon(conn *nats.Conn) {
	conn.Close()
	<-e.hungUp
}

// isFree asks the endpoint that listens under the name whether it lives.
func (e *Endpoint) isFree(ctx context.Context, conn *nats.Conn, op, name string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	ping := appendControl(e.header(kindPing), control{})
	pong, err := conn.RequestWithContext(ctx, e.subjects.listen(name), ping)
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded):
		return nil // nobody, or a dead one whose connection the server still holds
	case err != nil:
		return e.fail(op, "", nil, "the NATS server does not answer", err)
	}
	return e.fail(op, "", lahja.ErrConnectionAttemptRejected,
		fmt.Sprintf("another endpoint named %q serves on bus %q%s; names are unique", name, e.opts.Bus, whereIs(pong.Data)), nil)
}

// whereIs returns where an endpoint is that has answered, if it is not on the server itself.
func whereIs(pong []byte) string {
	m, err := parseMessage(pong)
	if err != nil {
		return ""
	}
	c, err := parseControl(m.body)
	if err != nil || c.Reason == "" {
		return ""
	}
	return " (" + brief.Text(c.Reason) + ")"
}

// resume continues with peers after the connection came back: both sides may have missed
// something. The client has restored the subscriptions.
func (e *Endpoint) resume(maxPayload int64) {
	e.most.Store(maxPayload)
	e.mu.Lock()
	e.setOnlineLocked(true)
	e.graceLocked(time.Now())
	e.mu.Unlock()
	e.out.markStale()
	e.compareNotes()
}

// compareNotes asks every peer how much it has sent, and tells it how much we have.
func (e *Endpoint) compareNotes() {
	for _, l := range e.ready() {
		e.control(l, kindResume, control{})
		e.tellMarks(l)
		e.describeAgain(l)
	}
}

func (e *Endpoint) asyncError(err error) {
	e.core.Warn("lahja: NATS", "", err)
	if errors.Is(err, nats.ErrSlowConsumer) {
		e.compareNotes()
	}
}
