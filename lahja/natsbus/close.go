package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Close implements lahja.EndpointAPI. It sends what was accepted to the server, within
// Options.Linger. A server that is away or does not read uses the linger up.
func (e *Endpoint) Close() error {
	e.end()
	e.core.WaitHandlers()
	return e.over(context.Background())
}

// over records that the endpoint has only to wait for handlers that may still run.
func (e *Endpoint) over(context.Context) error {
	e.logLimit.Close()
	e.core.End(nil)
	return nil
}

// end ends everything except running handlers, whose contexts it cancels. Concurrent calls
// wait for the first.
func (e *Endpoint) end() {
	e.mu.Lock()
	first, begun := !e.shut, e.begun
	shuttingDown := e.closing && !e.shut
	e.shut, e.closing = true, true
	e.dials.StopLocked()
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
	if e.serves {
		// If this is lost, nobody will answer a Listener that asks.
		_ = e.conn.Publish(e.subjects.serving(), appendControl(e.header(kindServing), control{Name: e.name, Final: true}))
	}
}

// finalGoodbye tells peers that the endpoint has gone.
func (e *Endpoint) finalGoodbye() op {
	return op{subject: e.subjects.presence(e.name), data: appendControl(e.header(kindGoodbye), control{Final: true})}
}

// shutDown ends everything that runs, and waits for it.
func (e *Endpoint) shutDown(begun bool) {
	for _, l := range e.all() {
		e.drop(l, e.core.LifecycleError("close"), false)
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
	e.core.Warn("lahja: events dropped", "", err)
	e.core.Observe(lahja.Observation{Kind: lahja.EventDropped, Outgoing: true, Size: bytes, Err: err})
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
		err := e.core.AwaitOther(ctx, left, e.closed)
		if left != nil && isClosed(left) {
			return e.leaving
		}
		return err
	}
	e.closing = true
	e.left = make(chan struct{})
	defer close(e.left)
	e.dials.StopLocked()
	e.mu.Unlock()
	e.leaving = e.core.Drain(ctx, core.Departure{
		Goodbye: e.sayGoodbye,
		Close: func(context.Context) error {
			e.end()
			return nil
		},
		End: e.over})
	return e.leaving
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
