package natsbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// dialTimeout bounds one attempt to reach a server, where ctx does not.
const dialTimeout = 2 * time.Second

// begin connects to the server and starts to read and to write.
func (e *Endpoint) begin(ctx context.Context, op string, serve bool) error {
	conn, err := e.reach(ctx)
	if err != nil {
		kind, detail, cause := unreached(e.opts.URL, e.socket.why(err))
		return e.fail(op, "", kind, detail, cause)
	}
	if serve {
		if err := e.nameIsFree(ctx, conn, op); err != nil {
			e.abandon(conn)
			return err
		}
	}
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		e.abandon(conn)
		return e.lifecycleError(op)
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
		subjects = append(subjects, e.subjects.listen(e.name))
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
	return nil
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

// nameIsFree asks the endpoint that listens under the name whether it lives.
func (e *Endpoint) nameIsFree(ctx context.Context, conn *nats.Conn, op string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	ping := appendControl(e.header(kindPing), control{})
	_, err := conn.RequestWithContext(ctx, e.subjects.listen(e.name), ping)
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded):
		return nil // nobody, or a dead one whose connection the server still holds
	case err != nil:
		return e.fail(op, "", nil, "the NATS server does not answer", err)
	}
	return e.fail(op, "", lahja.ErrConnectionAttemptRejected,
		fmt.Sprintf("another endpoint named %q serves on bus %q; names are unique", e.name, e.opts.Bus), nil)
}

// online returns a channel that is closed while the connection to the server is up.
func (e *Endpoint) online() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.backed
}

// lost returns a channel that is closed while there is no connection.
func (e *Endpoint) lost() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.down
}

// afterPause returns a channel that is closed after a moment.
func afterPause() <-chan struct{} {
	over := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() { close(over) })
	return over
}

func (e *Endpoint) setOnlineLocked(up bool) {
	was := isClosed(e.backed)
	if up && !was {
		close(e.backed)
		e.down = make(chan struct{})
	} else if !up && was {
		e.backed = make(chan struct{})
		close(e.down)
	}
}

func (e *Endpoint) offline(err error) {
	e.mu.Lock()
	e.setOnlineLocked(false)
	e.outage = err
	closing := e.closing
	e.mu.Unlock()
	if !closing {
		e.warn("lahja: connection to the NATS server lost", "", err)
	}
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
	e.warn("lahja: NATS", "", err)
	if errors.Is(err, nats.ErrSlowConsumer) {
		e.compareNotes()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
