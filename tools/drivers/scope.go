package drivers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Scope is what an action, and a function that it calls, knows of its driver. It
// is a Gomega whose failed assertion is the error of that action, also in a bus
// handler. It is safe for concurrent use.
type Scope struct {
	gomega.Gomega
	*part
	// routines are those of the action that the scope was made for; nil where that is
	// the driver.
	routines *routines
}

// part is what all scopes of one driver share.
type part struct {
	driver     *Driver
	engine     engine.EngineAPI
	scheduler  engine.Scheduler // nil if everybody goes on when they like
	assignment engine.Assignment
	cancel     context.CancelCauseFunc
	whole      context.Context // the driver's, for what goes on beside its actions
	// together ends when all drivers have finished, which finish says.
	together context.Context
	finish   context.CancelFunc
	// source is the driver's line, for actions that know none.
	index atomic.Int32
	// serial counts the steps that were begun.
	serial atomic.Int32
	// operations counts those that were begun; see Operation.
	operations atomic.Int32
	// tracer is nil where the run is not traced.
	tracer *tracer

	dropped atomic.Int64

	slotMu sync.Mutex
	slots  map[any]any // what was saved, by *Slot

	mu         sync.Mutex
	endpoint   lahja.EndpointAPI
	closed     bool
	background map[string]*task
	caught     []lahja.HandlerError
	caughtOne  chan struct{}
}

func newScope(d *Driver, eng engine.EngineAPI, a engine.Assignment, cancel context.CancelCauseFunc) *Scope {
	s := &Scope{part: &part{driver: d, engine: eng, assignment: a, cancel: cancel, caughtOne: make(chan struct{}, 1)}}
	s.scheduler, _ = eng.(engine.Scheduler)
	if a.Restart != nil {
		s.serial.Store(int32(a.Restart.Number) * serialsPerLife)
		s.operations.Store(int32(a.Restart.Number) * serialsPerLife)
	}
	s.together, s.finish = context.WithCancel(context.Background())
	if a.Trace {
		s.tracer = newTracer()
	}
	s.Gomega = gomega.NewGomega(s.Fail)
	return s
}

// serialsPerLife is how many steps, and operations, of a driver have numbers of their own before it
// is started again.
const serialsPerLife = 1 << 20

// Driver is the driver's name.
func (s *Scope) Driver() string { return s.driver.Name() }

// Engine is what the driver runs on.
func (s *Scope) Engine() engine.EngineAPI { return s.engine }

// Endpoint is the driver's endpoint, nil for a driver without one.
func (s *Scope) Endpoint() lahja.EndpointAPI {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint
}

// Fail fails the action that runs now. It does not return. Its signature is that
// of a Gomega fail handler.
func (s *Scope) Fail(message string, _ ...int) {
	panic(&assertionError{message: message, place: callerPlace(), stray: strayIn(s.Driver())})
}

// Result reports a value to the test, as JSON, under a name. It can be read from
// the runner's report; the last one under a name of a driver counts.
func (s *Scope) Result(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("result %s cannot be encoded: %w", name, err)
	}
	if len(data) > engine.MaxResult {
		return fmt.Errorf("result %s has %d bytes of JSON, and at most %d can be reported; report less, or a digest",
			name, len(data), engine.MaxResult)
	}
	s.record(engine.Record{Kind: engine.RecordResult, Name: name, Value: data})
	return nil
}

// Logf adds a line to the run's records.
func (s *Scope) Logf(format string, args ...any) {
	s.record(engine.Record{Kind: engine.RecordLog, Name: fmt.Sprintf(format, args...)})
}

func (s *Scope) record(r engine.Record) {
	r.Driver, r.Time = s.assignment.Index, time.Now()
	s.assignment.Coordinator.Record(r)
}

// turn waits for the driver's turn, where the engine gives turns.
func (s *Scope) turn(ctx context.Context, to fmt.Stringer) {
	if s.scheduler != nil {
		s.scheduler.Turn(ctx, s.driver.name, to)
	}
}

// Run runs an action that another one is made of, with a timeout of its own. An
// action of one's own that is made of others runs them with it, and shows them
// by a method Inner() []Action.
func (s *Scope) Run(ctx context.Context, a Action) error {
	if innerOf(a) != nil {
		return s.runComposite(ctx, a)
	}
	s.turn(ctx, a)
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), engine.ErrCrashed) {
		return engine.ErrCrashed // A killed process begins nothing.
	}
	timeout := s.timeout(ctx, a)
	start := time.Now()
	ended := s.step(ctx, a, start)
	whole, end := context.WithCancelCause(ctx)
	defer end(nil)
	beside := newRoutines(end)
	err := s.engine.RunWithTimeout(whole, timeout, func(ctx context.Context) error {
		w, release := newWitness(ctx, s)
		defer release()
		err := s.call(beside, func(s *Scope) error { return a.Run(s.traced(w, a), s) })
		if cause := context.Cause(ctx); err == nil && (errors.Is(cause, engine.ErrTimeout) || is[*boundError](cause)) {
			err = errLate
		}
		if err != nil && errors.Is(context.Cause(ctx), engine.ErrTimeout) {
			err = newTimeoutError(ctx, timeout, err)
		}
		if err != nil {
			return &witnessedError{err: err, peers: w.peers(s)}
		}
		return nil
	})
	ended(err)
	if err == nil {
		s.sawEnd(ctx, a, nil)
		return nil
	}
	peers, err := testimony(err, s)
	if failed := beside.failure(); failed != nil && is[*engine.IgnoredError](err) {
		err = failed // What waits for it, or for what it should have done, did not end.
	}
	s.sawEnd(ctx, a, err)
	if outer := context.Cause(ctx); is[*outsideError](outer) || errors.Is(outer, engine.ErrStopped) {
		err = interrupted(err, outer)
	}
	return &actionError{action: a, kind: classify(err), err: err, elapsed: time.Since(start),
		peers: peers, detail: detailOf(err)}
}

// interrupted is the error of an action whose driver was ended: the reason, unless
// the action has something of its own to say.
func interrupted(err, reason error) error {
	switch {
	case is[*panicError](err), is[*assertionError](err), errors.Is(err, engine.ErrGoexit):
		return err
	case errors.Is(reason, engine.ErrStopped) && errors.Is(err, engine.ErrStopped):
		return err // It says who was missing at a checkpoint.
	}
	return reason
}

// runComposite runs an action that is made of others. One of somebody's own is
// left behind, as any action, when it ignores its context.
func (s *Scope) runComposite(ctx context.Context, a Action) error {
	if _, own := ownOf(a); own {
		return protect(func() error { return a.Run(ctx, s) })
	}
	ended := s.step(ctx, a, time.Now())
	err := s.engine.RunWithTimeout(ctx, 0, func(ctx context.Context) error {
		return s.handle(ctx, func(ctx context.Context, s *Scope) error { return a.Run(ctx, s) })
	})
	ended(err)
	return err
}

// errLate is the error of an action that succeeded after its time was up.
var errLate = errors.New("it returned without an error, but only after its time was up")

type contextKey int

const (
	// boundedKey marks a context that has a bound of its own, so that the
	// timeout of actions does not apply.
	boundedKey contextKey = iota
	// quietKey marks a context whose actions are not where the driver stands.
	quietKey
	// placeKey holds where the action stands that the context is of, and indexKey
	// the index of what runs in the background. They are set where the run is
	// traced.
	placeKey
	indexKey
)

func isUnbounded(a Action) bool {
	own, ok := ownOf(a)
	return ok && own.unbounded
}

// timeout is the bound of an action. A checkpoint has none of its own: what the
// others do before they arrive is bounded, and when one of them runs into its
// timeout, that is the failure, and not that somebody waited for it.
func (s *Scope) timeout(ctx context.Context, a Action) time.Duration {
	switch {
	case ctx.Value(boundedKey) != nil, isUnbounded(a):
		return 0
	case s.driver.timeout > 0:
		return s.driver.timeout
	}
	return s.assignment.ActionTimeout
}

// step records what the driver does now. Its result records how that ended.
func (s *Scope) step(ctx context.Context, a fmt.Stringer, now time.Time) (ended func(error)) {
	if ctx.Value(quietKey) != nil {
		return func(error) {}
	}
	src := s.driver.source
	if made, ok := a.(interface{ own() *action }); ok {
		own := made.own()
		a, src = own, own.source.or(src)
	}
	index, serial := int(s.index.Load()), int(s.serial.Add(1))
	s.record(engine.Record{Kind: engine.RecordStep, Time: now,
		Step: &engine.Step{Index: index, Serial: serial, Action: a, Source: src, Since: now}})
	return func(err error) { s.assignment.Ring.StepEnded(index, serial, time.Since(now), err) }
}

// handlerFailed is told of every bus handler that failed.
func (s *Scope) handlerFailed(failed lahja.HandlerError) {
	if !s.driver.catches {
		s.cancel(&outsideError{&handlerError{failed: failed}})
		return
	}
	s.mu.Lock()
	s.caught = append(s.caught, failed)
	s.mu.Unlock()
	select {
	case s.caughtOne <- struct{}{}:
	default:
	}
}

// takeCaught removes and returns the oldest handler failure.
func (s *Scope) takeCaught() (lahja.HandlerError, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.caught) == 0 {
		return lahja.HandlerError{}, false
	}
	first := s.caught[0]
	s.caught = s.caught[1:]
	return first, true
}

func (s *Scope) options() engine.EndpointOptions {
	options := engine.EndpointOptions{OnHandlerError: s.handlerFailed}
	switch {
	case s.driver.initializer.counts:
		options.Observer = s.observe
	case s.assignment.Ring != nil:
		options.Observer = s.assignment.Ring.Observer()
	}
	return options
}

func (s *Scope) observe(o lahja.Observation) {
	s.assignment.Ring.Observe(o)
	if o.Kind == lahja.EventDropped {
		s.dropped.Add(1)
	}
}

// Dropped is how many times the driver's endpoint observed that events were dropped
// (lahja.EventDropped), where its initializer is CountingDrops.
func (s *Scope) Dropped() int { return int(s.dropped.Load()) }

// open opens the driver's endpoint.
func (s *Scope) open(ctx context.Context) error {
	if err := s.awaitReaped(ctx); err != nil {
		return err
	}
	ep, err := s.driver.initializer.open(ctx, s.engine, s.options())
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.endpoint, s.closed = ep, false
	s.mu.Unlock()
	if s.driver.initializer.listens {
		s.record(engine.Record{Kind: engine.RecordReached, At: &engine.Point{Kind: engine.AtListener, Name: s.driver.initializer.name}})
	}
	return nil
}

// Config returns where the endpoint of that name listens in this run.
func (s *Scope) Config(name string) lahja.ConnectionConfig { return s.engine.Config(name) }

// needEndpoint is Endpoint for actions that cannot do without.
func (s *Scope) needEndpoint() (lahja.EndpointAPI, error) {
	ep := s.Endpoint()
	if ep == nil {
		return nil, fmt.Errorf("driver %s has no endpoint; begin it with RunEndpoint or ServeEndpoint", s.Driver())
	}
	return ep, nil
}
