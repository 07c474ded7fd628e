package drivers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
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
	// vetted is the scenario whose first driver it is.
	vetted atomic.Pointer[vetted]
	// restart is what it does when it was started again.
	restart []Action
	// on are the labels that its machine must have.
	on []string
}

// New makes a driver. Its name is its endpoint's.
func New(initializer Initializer, actions ...Action) *Driver {
	d := &Driver{name: initializer.name, initializer: initializer, actions: actions, source: callerSource()}
	walk(actions, func(a Action) {
		if own, ok := ownOf(a); ok && own.catches {
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

// OnRestart declares what the driver does after its initializer when it has crashed
// (CrashDriver) and is started again (RestartDriver), and returns the driver. Its endpoint
// then stays open until all other drivers have ended. Drivers meet only before a crash: these
// actions contain no Checkpoint, Signal or Await. Others wait for what the driver does on the bus, or
// for a signal of whoever has started it again.
func (d *Driver) OnRestart(actions ...Action) *Driver {
	d.restart = actions
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
	defer s.finish()
	s.whole = ctx
	run := d.run
	if a.Restart != nil {
		run = d.rerun
	}
	err := run(ctx, s)
	if errors.Is(context.Cause(ctx), engine.ErrCrashed) {
		s.vanish(ctx)
		return
	}
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
	if stopped, err := s.awaitOthers(ctx); stopped || err != nil {
		return err
	}
	closing := d.closing()
	switch err := s.Run(ctx, closing); {
	case errors.Is(err, engine.ErrStopped):
		s.abandon(ctx)
		return nil
	case err != nil:
		return err
	}
	// The last handlers ran while the endpoint shut down.
	if is[*outsideError](context.Cause(ctx)) {
		return s.ended(ctx, closing)
	}
	return nil
}

// rerun is run of a driver that was started again.
func (d *Driver) rerun(ctx context.Context, s *Scope) error {
	if err := s.Run(ctx, d.opening()); err != nil {
		return err
	}
	for i, a := range d.restart {
		s.index.Store(int32(len(d.actions) + 1 + i)) // They come after all others.
		if err := s.Run(ctx, a); err != nil {
			return err
		}
	}
	select {
	case <-s.assignment.Restart.Finished:
		s.finish()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return s.Run(ctx, d.closing())
}

// vanish ends what a driver that has crashed has in this process. Its endpoint reaches nobody
// any more.
func (s *Scope) vanish(ctx context.Context) {
	s.finish()
	s.joinAll(context.WithoutCancel(ctx))
	if ep := s.Endpoint(); ep != nil {
		// It can no longer say anything, which is no error here. What it leaves behind shows.
		_ = s.engine.RunWithTimeout(context.WithoutCancel(ctx), abandonTimeout, func(context.Context) error { return ep.Close() })
	}
}

// awaitOthers keeps the endpoint open until all drivers have finished their actions, and until
// all know that: a service fails when one that it asks has closed, and nobody closes before
// each service has been told to end. Where the run was stopped meanwhile, this driver has
// nothing to say, and its endpoint is closed.
func (s *Scope) awaitOthers(ctx context.Context) (stopped bool, err error) {
	s.mu.Lock()
	open := s.endpoint != nil && !s.closed
	s.mu.Unlock()
	if !open {
		return false, nil
	}
	wait := &action{name: "wait until all drivers have finished", framework: true, unbounded: true, source: s.driver.source,
		run: func(ctx context.Context, s *Scope) error {
			end := engine.Point{Kind: engine.AtEnd}
			if err := s.assignment.Coordinator.Arrive(ctx, end); err != nil {
				return err
			}
			s.finish()
			return s.assignment.Coordinator.Arrive(ctx, end)
		}}
	err = s.Run(ctx, wait)
	if errors.Is(err, engine.ErrStopped) {
		s.abandon(ctx)
		return true, nil
	}
	return false, err
}

// endOfDriver is the step after a driver's actions.
const endOfDriver = "end of driver"

// opening and closing are the steps before and after the actions.
func (d *Driver) opening() Action {
	return &action{name: d.initializer.String(), framework: true, source: d.source, run: func(ctx context.Context, s *Scope) error {
		return s.open(ctx)
	}}
}

func (d *Driver) closing() Action {
	return &action{name: endOfDriver, framework: true, source: d.source, run: func(ctx context.Context, s *Scope) error {
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
		Message: err.Error(), Source: d.source.String(), Detail: detailOf(err), Call: callOf(err), Err: err}
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
	case s.assignment.Restart != nil && index <= len(d.actions)+len(d.restart):
		again := d.restart[index-len(d.actions)-1]
		f.Text, f.Source = again.String(), sourceOf(again).or(d.source).String()
	default:
		f.Text = endOfDriver
	}
	var inner *actionError
	for next := err; errors.As(next, &inner); next = inner.err {
		f.Elapsed, f.Peers, f.Detail = inner.elapsed, inner.peers, inner.detail
		if own, ok := ownOf(inner.action); ok {
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
