package drivers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Driver is one initializer followed by actions. It drives one endpoint, or none.
type Driver struct {
	name        string
	initializer Initializer
	actions     []Action
	timeout     time.Duration
	source      source
	catches     bool
}

// New makes a driver. Its name is its endpoint's.
func New(initializer Initializer, actions ...Action) *Driver {
	d := &Driver{name: initializer.name, initializer: initializer, actions: actions, source: callerSource()}
	walk(actions, func(a Action) {
		if own, ok := a.(*action); ok && own.catches {
			d.catches = true
		}
	})
	return d
}

// Named gives the driver a name other than its endpoint's and returns it.
func (d *Driver) Named(name string) *Driver {
	d.name = name
	return d
}

// WithActionTimeout bounds every action of the driver that sets no bound of its
// own, instead of the run's timeout, and returns the driver.
func (d *Driver) WithActionTimeout(timeout time.Duration) *Driver {
	d.timeout = timeout
	return d
}

// Name implements engine.Driver.
func (d *Driver) Name() string { return d.name }

// Endpoint is the name of the driver's endpoint, "" where it has none.
func (d *Driver) Endpoint() string {
	if d.initializer.opens == nil {
		return ""
	}
	return d.initializer.name
}

// Initializer is what the driver begins with.
func (d *Driver) Initializer() Initializer { return d.initializer }

// Actions are what the driver does then, in order. Not to be changed.
func (d *Driver) Actions() []Action { return d.actions }

// String prints the initializer and the actions.
func (d *Driver) String() string {
	steps := make([]string, 0, len(d.actions)+1)
	steps = append(steps, d.initializer.String())
	for _, a := range d.actions {
		steps = append(steps, a.String())
	}
	return d.name + ": " + strings.Join(steps, " > ")
}

// Location is the file and line where the driver is declared.
func (d *Driver) Location() (file string, line int) { return d.source.Location() }

// Drive implements engine.Driver.
func (d *Driver) Drive(ctx context.Context, eng engine.EngineAPI, a engine.Assignment) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s := newScope(d, eng, a, fail)
	s.whole = ctx
	err := d.run(ctx, s)
	if err == nil {
		return
	}
	// Recorded before the endpoint closes, so that it comes before all that
	// others make of the close.
	s.record(engine.Record{Kind: engine.RecordFailure, Failure: s.failure(err)})
	s.abandon(ctx)
}

func (d *Driver) run(ctx context.Context, s *Scope) error {
	if err := s.Run(ctx, d.opening()); err != nil {
		return err
	}
	for i, a := range d.actions {
		s.index.Store(int32(i + 1))
		if err := s.Run(ctx, a); err != nil {
			return err
		}
		// A handler may have failed while the action succeeded.
		if ctx.Err() != nil {
			return s.ended(ctx, a)
		}
	}
	s.index.Store(int32(len(d.actions) + 1))
	s.joinAll(ctx)
	closing := d.closing()
	if err := s.Run(ctx, closing); err != nil {
		return err
	}
	// The last handlers ran while the endpoint shut down.
	if is[*outsideError](context.Cause(ctx)) {
		return s.ended(ctx, closing)
	}
	return nil
}

// opening and closing are the steps before and after the actions.
func (d *Driver) opening() Action {
	return &action{name: d.initializer.String(), framework: true, source: d.source, run: func(ctx context.Context, s *Scope) error {
		return s.open(ctx)
	}}
}

func (d *Driver) closing() Action {
	return &action{name: "end of driver", framework: true, source: d.source, run: func(ctx context.Context, s *Scope) error {
		if err := s.shutdown(ctx); err != nil {
			return err
		}
		if failed, ok := s.takeCaught(); ok {
			return &handlerError{failed: failed}
		}
		return nil
	}}
}

// ended is the error of a driver whose context has ended though the action
// succeeded.
func (s *Scope) ended(ctx context.Context, a Action) error {
	err := context.Cause(ctx)
	return &actionError{action: a, kind: classify(err), err: err,
		peers: engine.StateOf(s.Endpoint()), detail: detailOf(err)}
}

// failure is err as data.
func (s *Scope) failure(err error) *engine.Failure {
	d, index := s.driver, int(s.index.Load())
	f := &engine.Failure{Kind: classify(err), Driver: d.name, Endpoint: d.Endpoint(), Action: index,
		Message: err.Error(), Source: d.source.String(), Detail: detailOf(err), Err: err}
	var subscribed *subscribedError
	if is[*handlerError](err) && errors.As(err, &subscribed) {
		// The failure is the subscription's, whatever the driver did meanwhile.
		f.Action, f.Text, f.Source = subscribed.index, subscribed.action.String(), subscribed.action.source.String()
		f.Detail, f.Peers = detailOf(err), engine.StateOf(s.Endpoint())
		return f
	}
	switch {
	case index == 0:
		f.Text = d.initializer.String()
	case index <= len(d.actions):
		f.Text = d.actions[index-1].String()
		f.Source = sourceOf(d.actions[index-1]).or(d.source).String()
	default:
		f.Text = "end of driver"
	}
	var inner *actionError
	for next := err; errors.As(next, &inner); next = inner.err {
		f.Elapsed, f.Peers, f.Detail = inner.elapsed, inner.peers, inner.detail
		if own, ok := inner.action.(*action); ok {
			f.WaitedFor = own.waitsFor.String()
		}
		if text := inner.action.String(); text != f.Text && index > 0 && index <= len(d.actions) {
			f.Inner = text
			f.Source = sourceOf(inner.action).or(d.source).String()
		}
	}
	return f
}

// abandonTimeout bounds the closing of the endpoint of a driver that failed.
const abandonTimeout = 2 * time.Second

// abandon closes the endpoint of a driver that failed, at once. What it cannot
// close shows as left behind.
func (s *Scope) abandon(ctx context.Context) {
	ep := s.Endpoint()
	if ep == nil {
		return
	}
	err := s.engine.RunWithTimeout(context.WithoutCancel(ctx), abandonTimeout, func(context.Context) error { return ep.Close() })
	if err != nil {
		s.Logf("closing endpoint %s after the failure: %v", ep.Name(), err)
	}
}

// shutdown closes the endpoint without losing what is under way.
func (s *Scope) shutdown(ctx context.Context) error {
	s.mu.Lock()
	ep, closed := s.endpoint, s.closed
	s.closed = true
	s.mu.Unlock()
	if ep == nil || closed {
		return nil
	}
	if err := lahja.Shutdown(ctx, ep); err != nil {
		return fmt.Errorf("shut down the endpoint: %w", err)
	}
	return nil
}
