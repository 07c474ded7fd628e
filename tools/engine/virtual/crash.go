package virtual

import (
	"context"
	"fmt"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// lives are those of the drivers of a session.
type lives struct {
	mu    sync.Mutex
	whole context.Context // that of RunDrivers
	of    map[string]*life
	// resumed are drivers that have crashed while they were paused, which somebody is to resume.
	resumed map[string]bool
	still   atomic.Int64   // how many are paused
	again   sync.WaitGroup // drivers that were started again
	ending  chan struct{}  // closed when all others have ended
}

// life is that of one driver, from its start to its end, or to its next start.
type life struct {
	driver     engine.Driver
	assignment engine.Assignment
	ctx        context.Context
	crash      context.CancelCauseFunc
	views      []*view
	crashed    bool
	ended      chan struct{}
	paused     chan struct{} // closed when the driver goes on; nil if it is not paused
}

// over reports whether the driver has ended.
func (l *life) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// ended closes the life of a driver whose end is recorded.
func (l *lives) ended(driver string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own := l.of[driver]; own != nil {
		close(own.ended)
	}
}

// begin begins a life.
func (l *lives) begin(ctx context.Context, d engine.Driver, a engine.Assignment) *life {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := &life{driver: d, assignment: a, ended: make(chan struct{})}
	own.ctx, own.crash = context.WithCancelCause(ctx)
	l.of[d.Name()] = own
	return own
}

// Drive implements engine.Driver.
func (d scheduled) Drive(ctx context.Context, _ engine.EngineAPI, a engine.Assignment) {
	s := d.session
	s.lives.begin(ctx, d.Driver, a).live(s)
}

func (l *life) live(s *session) {
	defer l.crash(nil)
	l.driver.Drive(l.ctx, s, l.assignment)
}

// CrashDriver implements engine.Crasher.
func (s *session) CrashDriver(_ context.Context, driver string) error {
	s.lives.mu.Lock()
	own := s.lives.of[driver]
	if err := own.mayCrash(driver); err != nil {
		s.lives.mu.Unlock()
		return err
	}
	own.crashed = true
	views := own.views
	s.lives.mu.Unlock()
	for _, v := range views {
		v.kill()
	}
	own.crash(engine.ErrCrashed)
	s.lives.mu.Lock()
	defer s.lives.mu.Unlock()
	if own.paused != nil {
		s.lives.resumed[driver] = true
		s.lives.goOn(own)
	}
	return nil
}

func (l *life) mayCrash(driver string) error {
	if l == nil {
		return fmt.Errorf("no driver %q has begun", driver)
	}
	if l.crashed {
		return fmt.Errorf("driver %s has crashed already", driver)
	}
	if l.over() {
		return fmt.Errorf("driver %s has ended already, so that its crash affects nothing", driver)
	}
	return nil
}

// RestartDriver implements engine.Crasher.
func (s *session) RestartDriver(ctx context.Context, driver string) error {
	s.lives.mu.Lock()
	own := s.lives.of[driver]
	crashed := own != nil && own.crashed
	s.lives.mu.Unlock()
	if !crashed {
		return fmt.Errorf("driver %q has not crashed", driver)
	}
	select {
	case <-own.ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	a := own.assignment
	restart := &engine.Restart{Finished: s.lives.ending, Number: 1}
	if last := a.Restart; last != nil {
		restart.Number += last.Number
	}
	a.Restart = restart
	labels := pprof.Labels(engine.LabelRun, a.RunID, engine.LabelDriver, driver)
	next := s.lives.begin(pprof.WithLabels(s.lives.whole, labels), own.driver, a)
	a.Coordinator.Record(engine.Record{Kind: engine.RecordRestarted, Time: time.Now()})
	s.lives.again.Go(func() {
		pprof.Do(next.ctx, labels, func(context.Context) { next.live(s) })
		a.Coordinator.Record(engine.Record{Kind: engine.RecordEnded, Time: time.Now()})
	})
	return nil
}

// witness is a driver's coordinator, which knows when its end is recorded.
type witness struct {
	engine.Coordinator
	lives  *lives
	driver string
}

// Record implements engine.Coordinator.
func (w witness) Record(r engine.Record) {
	w.Coordinator.Record(r)
	if r.Kind == engine.RecordEnded {
		w.lives.ended(w.driver)
	}
}

// opened notes that a driver has opened an endpoint.
func (s *session) opened(ctx context.Context, name string) {
	v := s.network.latest(name)
	s.lives.mu.Lock()
	defer s.lives.mu.Unlock()
	if own := s.lives.of[driverOf(ctx)]; own != nil && v != nil {
		own.views = append(own.views, v)
		v.stopped.Store(own.paused != nil)
	}
}

// RunEndpoint implements engine.EngineAPI.
func (s *session) RunEndpoint(ctx context.Context, name string, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := s.Session.RunEndpoint(ctx, name, options)
	s.opened(ctx, name)
	return ep, err
}

// ServeEndpoint implements engine.EngineAPI.
func (s *session) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options engine.EndpointOptions) (lahja.EndpointAPI, error) {
	ep, err := s.Session.ServeEndpoint(ctx, config, options)
	s.opened(ctx, config.Name)
	return ep, err
}
