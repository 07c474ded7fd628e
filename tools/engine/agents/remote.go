package agents

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// remote is an agent as a run's parent sees it, which looks after it.
type remote struct {
	conn *nats.Conn
	info Info
	run  string
	// drivers is how many drivers are there.
	drivers int

	ctx  context.Context // ends with the agent, or with the run; the cause says which
	gone context.CancelCauseFunc

	mu        sync.Mutex
	processes []*relay.Process
}

// errClosed is the end of a run.
var errClosed = errors.New("agents: the run is over")

func newRemote(conn *nats.Conn, info Info, run string) *remote {
	r := &remote{conn: conn, info: info, run: run}
	r.ctx, r.gone = context.WithCancelCause(context.Background())
	return r
}

// measure finds out how much the agent's clock is ahead of this one.
func (r *remote) measure(ctx context.Context) (err error) {
	r.info.Ahead, r.info.Uncertain, err = relay.Measure(func() (time.Time, error) {
		a, err := callFor(ctx, r.conn, r.info.ID, r.order(opPing), briefly)
		r.info.Load, r.info.Key = a.Load, a.Key
		return a.Time, err
	})
	return err
}

// roomWait is how long a run waits until other runs have left room for it on all its agents.
const roomWait = 10 * time.Second

// take has the agent keep places for the run. It waits for them until then.
func (r *remote) take(ctx context.Context, until time.Time) error {
	request := r.order(opPlace)
	request.Places = r.drivers
	for {
		a, err := callFor(ctx, r.conn, r.info.ID, request, briefly)
		if err != nil || !a.Full {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("agents: %s is full: its capacity is %d, and for %v there was no room for %d more", r.info, r.info.Capacity, roomWait, r.drivers)
		}
	}
}

// order is a request about the whole run.
func (r *remote) order(op relay.Operation) request {
	return request{Request: relay.Request{Op: op}, Run: r.run}
}

// watch looks after the agent until it has gone, or the run is over.
func (r *remote) watch() {
	every := time.NewTicker(pingEvery)
	defer every.Stop()
	for seen := newSight(r.conn); ; {
		select {
		case <-r.ctx.Done():
			return
		case <-every.C:
		}
		var err error
		if r.conn.IsConnected() {
			err = r.ping()
		} else {
			err = nats.ErrDisconnected
		}
		if lost := seen.look(r, err); lost != nil {
			r.lose(lost)
		}
	}
}

// ping asks the agent once whether it is there, which also tells it that the run goes on.
func (r *remote) ping() error {
	ctx, cancel := context.WithTimeout(r.ctx, pingEvery)
	defer cancel()
	_, err := r.conn.RequestWithContext(ctx, doSubject(r.info.ID), encoded(r.order(opPing)))
	return err
}

func lastError(conn *nats.Conn) error {
	if err := conn.LastError(); err != nil {
		return err
	}
	return nats.ErrDisconnected
}

// lose notes that the agent has gone: nothing more comes of its processes.
func (r *remote) lose(why error) {
	r.gone(why)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.processes {
		p.Lose(why)
	}
}

func (r *remote) add(p *relay.Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processes = append(r.processes, p)
	if r.ctx.Err() != nil {
		p.Lose(context.Cause(r.ctx))
	}
}

// over is ctx, which also ends with the agent. Call release when it is not needed any more.
func (r *remote) over(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(r.ctx, func() { cancel(context.Cause(r.ctx)) })
	return ctx, func() { stop(); cancel(nil) }
}

// unlessGone is an error, or that the agent has gone where it has.
func (r *remote) unlessGone(err error) error {
	if gone := context.Cause(r.ctx); err != nil && gone != nil {
		return gone
	}
	return err
}

// close tells the agent that the run is over. One that does not hear it learns that as the run's
// lease ends.
func (r *remote) close() {
	if r.ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(r.ctx, silence)
		defer cancel()
		_, _ = call(ctx, r.conn, r.info.ID, r.order(opClose))
	}
	r.gone(errClosed)
}
