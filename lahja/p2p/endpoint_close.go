package p2p

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Close implements lahja.EndpointAPI. It writes what was accepted for peers, within
// Options.Linger. Only a peer that does not read uses the linger up.
func (e *Endpoint) Close() error {
	err := e.end(e.opts.Linger)
	e.core.WaitHandlers()
	return alsoFailed(err, e.over(context.Background()))
}

// over waits for handlers that may still run, and then closes the transport, both in the
// background if a handler runs. The end of ctx ends the wait for the transport.
func (e *Endpoint) over(ctx context.Context) error {
	e.logLimit.Close()
	result := make(chan error, 1)
	e.core.End(func() { result <- e.endTransport(ctx) })
	select {
	case err := <-result:
		return err
	default: // A handler runs.
		return nil
	}
}

// endTransport closes the transport if no other endpoint uses it. It also logs an error,
// because few programs check that of a deferred Close, and a late error has no caller.
func (e *Endpoint) endTransport(ctx context.Context) error {
	if _, closes := e.use.transport.(io.Closer); !closes {
		return nil
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if err := e.use.ends(); err != nil {
			e.logUnclosed(err)
		}
	}()
	if !core.ClosedBy(ctx, closed) {
		return &lahja.Error{Op: "shutdown", Endpoint: e.name, Detail: "its transport has not closed yet", Err: ctx.Err()}
	}
	return e.use.ends()
}

// end ends everything except running handlers, whose contexts it cancels. Peers receive
// what is queued for them if that takes no longer than linger. Concurrent calls wait for
// the first.
func (e *Endpoint) end(linger time.Duration) error {
	e.mu.Lock()
	if ended := e.ended; ended != nil {
		e.mu.Unlock()
		<-ended
		return nil
	}
	e.ended = make(chan struct{})
	defer close(e.ended)
	e.closing = true
	doors := e.shutDoorsLocked()
	peers := e.peersLocked()
	taps := e.taps
	e.mu.Unlock()

	e.core.Close()
	err := doors.close()
	ctx, cancel := context.WithTimeout(context.Background(), linger)
	defer cancel()
	if linger > 0 {
		sealTaps(taps)
	}
	e.leave(ctx, peers, linger)
	awaitTaps(ctx, taps)
	for _, t := range taps {
		t.Close()
	}
	e.work.Wait()
	return err
}

// leave ends the connections to peers, at the latest when ctx ends, after linger. A listed
// peer receives goodbye after what is queued for it, and hangs up when it has read that.
// Closing earlier could discard what the system has not sent yet.
func (e *Endpoint) leave(ctx context.Context, peers []*peer, linger time.Duration) {
	closed := e.core.LifecycleError("close")
	var told []*peer
	for _, p := range peers {
		if linger > 0 && p.bidFarewell(closed) {
			told = append(told, p)
		} else {
			p.fail(closed)
		}
	}
	for _, p := range told {
		if !hungUp(ctx, p) {
			p.fail(closed)
		}
	}
}

// Shutdown implements lahja.Shutdowner. It takes these steps:
//
//   - It stops accepting and dialling, and waits for running and queued handlers.
//   - It sends each peer goodbye, after what is queued for it. The peer then sends what it
//     has queued and hangs up.
//   - When the events that came in meanwhile are handled too, it closes.
//
// After its goodbye the endpoint lists no peers and can send them nothing. An answer to a
// request that arrives that late fails with ErrLifecycle here, and with
// ErrRemoteDisconnected at the requester.
//
// If a handler calls Shutdown, it does not wait for handlers. When ctx ends, Shutdown closes at
// once. Its error names what it did not wait for: peers, with how many bytes were not sent to
// them, and handlers, which may still run. Events queued for a peer that went away meanwhile are
// ErrRemoteDisconnected.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	late := ctx.Err()
	return lahja.ShutdownError(e.name, late, e.shutdown(ctx))
}

func (e *Endpoint) shutdown(ctx context.Context) error {
	e.mu.Lock()
	if e.closing {
		left, ended := e.left, e.ended
		e.mu.Unlock()
		return e.core.AwaitOther(ctx, left, ended)
	}
	e.closing = true
	e.left = make(chan struct{})
	defer close(e.left)
	doors, peers := e.shutDoorsLocked(), e.peersLocked()
	e.mu.Unlock()
	closed := doors.close()
	return errors.Join(closed, e.core.Drain(ctx, core.Departure{
		Goodbye: func(ctx context.Context) error { return e.sayGoodbye(ctx, peers) },
		Close: func(ctx context.Context) error {
			e.showRest(ctx)
			return e.end(0) // Peers have hung up, or ctx has ended.
		},
		End: e.over}))
}

// doors are where connections come in.
type doors struct {
	listener   net.Listener
	handshakes []net.Conn
}

// shutDoorsLocked interrupts every connection attempt of our own, including those to
// reconnect. It returns what the caller must close without the lock.
func (e *Endpoint) shutDoorsLocked() doors {
	d := doors{listener: e.listener}
	e.listener = nil
	e.dials.StopLocked()
	for conn := range e.handshakes {
		d.handshakes = append(d.handshakes, conn)
	}
	return d
}

func (d doors) close() error {
	var all sync.WaitGroup // Closing one may take a while.
	for _, conn := range d.handshakes {
		all.Go(func() { conn.Close() })
	}
	defer all.Wait()
	if d.listener == nil {
		return nil
	}
	return d.listener.Close()
}

// peersLocked returns the peers, sorted by name.
func (e *Endpoint) peersLocked() []*peer {
	return slices.SortedFunc(maps.Values(e.peers), func(a, b *peer) int { return strings.Compare(a.name, b.name) })
}

// sayGoodbye sends goodbye to every peer and waits until each has hung up.
func (e *Endpoint) sayGoodbye(ctx context.Context, peers []*peer) error {
	for _, p := range peers {
		p.goodbye()
	}
	var late, gone []string // few of them are listed
	var causes []error
	for _, p := range peers {
		switch ended := hungUp(ctx, p); {
		case !ended:
			late = append(late, fmt.Sprintf("%s (%d bytes of events unsent)", p.name, p.out.Load()))
		case p.unsent > 0:
			gone = append(gone, fmt.Sprintf("%s (%d bytes of events unsent)", p.name, p.unsent))
			causes = append(causes, p.reason())
		}
	}
	var errs []error
	if late != nil {
		errs = append(errs, &lahja.Error{Op: "shutdown", Endpoint: e.name, Detail: "did not hang up: " + listed(late), Err: ctx.Err()})
	}
	if gone != nil {
		errs = append(errs, &lahja.Error{Op: "shutdown", Endpoint: e.name, Kind: lahja.ErrRemoteDisconnected, Detail: "went away: " + listed(gone), Err: core.Causes(causes...)})
	}
	return errors.Join(errs...)
}

// listed joins a few short texts.
func listed(texts []string) string {
	return brief.Each(len(texts), ", ", func(i int) string { return texts[i] })
}

// hungUp waits until p has hung up. It reports so even if ctx has ended too.
func hungUp(ctx context.Context, p *peer) bool { return core.ClosedBy(ctx, p.done) }
