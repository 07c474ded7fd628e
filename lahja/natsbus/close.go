package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// Close implements lahja.EndpointAPI. It sends what was accepted to the server, within
// Options.Linger. A server that is away or does not read uses the linger up.
func (e *Endpoint) Close() error {
	e.end()
	e.core.WaitHandlers()
	e.over()
	return nil
}

// over records that the endpoint has only to wait for handlers that may still run.
func (e *Endpoint) over() {
	e.logLimit.Close()
	e.core.End(nil)
}

// end ends everything except running handlers, whose contexts it cancels. Concurrent calls
// wait for the first.
func (e *Endpoint) end() {
	e.mu.Lock()
	first, begun := !e.shut, e.begun
	shuttingDown := e.closing && !e.shut
	e.shut, e.closing = true, true
	e.stopReconnectingLocked()
	e.mu.Unlock()
	e.core.Close()
	if first {
		if begun && !shuttingDown {
			e.linger()
		}
		e.shutDown(begun)
		close(e.closed)
	}
	<-e.closed
}

// linger says goodbye to peers after what is queued for them, and waits until that is sent.
func (e *Endpoint) linger() {
	if e.opts.Linger < 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), e.opts.Linger)
	defer cancel()
	sent := make(chan struct{})
	e.out.seal(op{do: e.stopListening}, e.finalGoodbye(), op{do: func() { close(sent) }})
	_ = e.parting(ctx, sent) // unsent reports what is left.
}

// stopListening ends the endpoint's own subscriptions, so that the server tells new
// diallers that nobody listens.
func (e *Endpoint) stopListening() {
	for _, sub := range e.standing {
		_ = sub.Unsubscribe()
	}
}

// finalGoodbye tells peers that the endpoint has gone.
func (e *Endpoint) finalGoodbye() op {
	return op{subject: e.subjects.presence(e.name), data: appendControl(e.header(kindGoodbye), control{Final: true})}
}

// shutDown ends everything that runs, and waits for it.
func (e *Endpoint) shutDown(begun bool) {
	for _, l := range e.all() {
		e.drop(l, e.lifecycleError("close"), false)
	}
	e.out.close()
	close(e.stopped)
	if begun {
		kick := time.AfterFunc(closeWait, e.socket.interrupt) // it may be stuck in a write
		<-e.written
		e.lastWords()
		kick.Stop()
		e.conn.Close()
		<-e.hungUp
	}
	e.unsent(e.out.load())
	e.work.Wait()
}

// unsent reports what was queued for peers and is discarded.
func (e *Endpoint) unsent(bytes int) {
	if bytes == 0 {
		return
	}
	err := e.fail("close", "", lahja.ErrLifecycle,
		fmt.Sprintf("%d bytes of events were queued and not sent within %v (Options.Linger)", bytes, max(0, e.opts.Linger)), nil)
	e.warn("lahja: events dropped", "", err)
	e.observe(lahja.Observation{Kind: lahja.EventDropped, Size: bytes, Err: err})
}

// lastWords tells peers that the endpoint has gone, and waits until the server has that.
// Closing a socket with unread input could discard what was written.
func (e *Endpoint) lastWords() {
	if !e.conn.IsConnected() {
		return
	}
	e.stopListening()
	goodbye := e.finalGoodbye()
	if err := e.conn.Publish(goodbye.subject, goodbye.data); err == nil { // Hearing it again does peers no harm.
		_ = e.conn.FlushTimeout(closeWait) // otherwise its silence will tell them
	}
}

// Shutdown implements lahja.Shutdowner. It takes these steps:
//
//   - It accepts no new peers, and waits for running and queued handlers.
//   - It sends goodbye after what is queued. Each peer then sends what it has queued, and a
//     farewell.
//   - When the events that came in meanwhile are handled too, it closes.
//
// After its goodbye the endpoint lists no peers and can send them nothing.
//
// If a handler calls Shutdown, it does not wait for handlers. When ctx ends, Shutdown
// closes at once. Its error says what it did not wait for: bytes of events that were not
// sent, and handlers, which may still run.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	late := ctx.Err()
	return lahja.ShutdownError(e.name, late, e.shutdown(ctx))
}

func (e *Endpoint) shutdown(ctx context.Context) error {
	e.mu.Lock()
	if e.closing {
		left := e.left
		e.mu.Unlock()
		return e.awaitOther(ctx, left)
	}
	e.closing = true
	e.core.Closing()
	e.left = make(chan struct{})
	e.stopReconnectingLocked()
	for name := range e.dials {
		e.pokeLocked(name)
	}
	e.mu.Unlock()
	defer close(e.left)
	before := e.settle(ctx)
	unsent := e.sayGoodbye(ctx)
	after := e.settle(ctx)
	e.end()
	defer e.over()
	e.leaving = errors.Join(unsent, cmp.Or(before, after, e.handlersEnd(ctx)))
	return e.leaving
}

// awaitOther waits for the shutdown that another call performs and returns its result.
// Without a shutdown, it waits for the close.
func (e *Endpoint) awaitOther(ctx context.Context, left <-chan struct{}) error {
	switch {
	case left == nil && !endsBefore(ctx, e.closed):
		return e.fail("shutdown", "", nil, "another close is under way", ctx.Err())
	case left == nil:
		return e.handlersEnd(ctx)
	case e.core.HandlersRun() && !e.core.MayWait(): // The other one may wait for this handler.
		return nil
	case !endsBefore(ctx, left):
		return e.fail("shutdown", "", nil, "another shutdown is under way", ctx.Err())
	}
	return e.leaving
}

// endsBefore waits until done is closed or ctx ends. If ctx has already ended, the result
// depends on done alone.
func endsBefore(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
	}
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// handlersEnd waits for handlers whose contexts have been cancelled.
func (e *Endpoint) handlersEnd(ctx context.Context) error {
	if err := e.core.AwaitHandlers(ctx); err != nil {
		return e.fail("shutdown", "", nil, "handlers were cut off, and still run although their contexts have ended", err)
	}
	return nil
}

func (e *Endpoint) settle(ctx context.Context) error {
	if !e.core.MayWait() { // So nothing is given up, even where ctx has ended.
		return nil
	}
	err := e.core.Sync(ctx)
	if err == nil || errors.Is(err, lahja.ErrLifecycle) { // closed meanwhile, or never run
		return nil
	}
	return e.fail("shutdown", "", nil, "handlers were cut off", ctx.Err())
}

// parting waits until everything up to the goodbye has been sent, including what was for
// peers that have left meanwhile. Without a connection to the server, it waits only if
// events wait.
func (e *Endpoint) parting(ctx context.Context, said <-chan struct{}) error {
	var lost <-chan struct{}
	if e.out.load() == 0 {
		lost = e.lost()
	}
	select {
	case <-said:
	case <-lost:
	case <-e.written:
	case <-e.stopped:
	case <-ctx.Done():
		if left := e.out.load(); left > 0 {
			return e.fail("shutdown", "", nil, fmt.Sprintf("%d bytes of events were not sent", left), ctx.Err())
		}
	}
	return nil
}

// sayGoodbye waits until every peer has said farewell, and everything queued before the
// goodbye has been sent.
func (e *Endpoint) sayGoodbye(ctx context.Context) error {
	var peers []*link
	for _, l := range e.all() {
		e.mu.Lock()
		l.said = true
		remote := l.remote
		e.mu.Unlock()
		if remote == nil {
			e.drop(l, errGoodbye, false)
			continue
		}
		remote.Leave(errGoodbye)
		e.ping(l.instance, 0) // one that has died says no farewell, but the server says at once that it is not there
		peers = append(peers, l)
	}
	said := make(chan struct{})
	e.out.seal(op{subject: e.subjects.presence(e.name), data: appendControl(e.header(kindGoodbye), control{})},
		op{do: func() { close(said) }})
	var late []string
	for _, l := range peers {
		select {
		case <-l.done:
			continue
		default:
		}
		select {
		case <-l.done:
		case <-e.stopped:
		case <-ctx.Done():
			late = append(late, l.name)
		}
	}
	if late == nil {
		return e.parting(ctx, said)
	}
	return e.fail("shutdown", "", nil, fmt.Sprintf("no farewell from %s (%d bytes of events unsent)",
		brief.List(late), e.out.load()), ctx.Err())
}
