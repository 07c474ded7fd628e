package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// coordinator is what the drivers of one run share. Its methods are called from
// all drivers at once.
type coordinator struct {
	drivers  []*drivers.Driver
	stop     context.CancelCauseFunc
	progress func(engine.Record)
	verbose  io.Writer // see Runner.Output
	since    time.Time
	// rests is the checkpoint at which resting is called; nil where nobody asks.
	rests   string
	resting func()

	mu          sync.Mutex
	standing    []Standing
	anyFinished bool
	failures    []*engine.Failure
	failedAt    map[*engine.Failure]time.Duration
	interrupted bool
	atFailure   []Standing
	journal     journal
	results     map[string]map[string]json.RawMessage
	log         excerpt
	output      []excerpt
	sights      [][]engine.Sight
	points      map[engine.Point]*point
	// done are the drivers that reach no more points: they have ended, or finished. Over are those
	// that have ended once: one that was started again reaches none either.
	done, over []bool
	// waiting counts, by driver, the arrivals that have not been released.
	waiting []int
	// active is how many drivers neither have ended nor wait with nothing beside.
	active int
	// mayGoOn are the drivers that can do something else while they wait.
	mayGoOn []bool
	// moves counts what drivers have told, which is how a run is seen to stand still.
	moves atomic.Uint64
}

// Standing is where a driver stood at some moment.
type Standing struct {
	// Driver is its name.
	Driver string
	// Step is the action that it ran, or had run last.
	Step engine.Step
	// Actions is how many actions it has.
	Actions int
	// Ended tells that it did nothing any more, Restarted that it had crashed and was started
	// again.
	Ended, Restarted bool
	// For is how long it had been there.
	For time.Duration
}

func newCoordinator(all []*drivers.Driver, stop context.CancelCauseFunc, progress func(engine.Record)) *coordinator {
	c := &coordinator{drivers: all, stop: stop, progress: progress, since: time.Now(), failedAt: map[*engine.Failure]time.Duration{},
		results: map[string]map[string]json.RawMessage{}, points: map[engine.Point]*point{}, waiting: make([]int, len(all)), done: make([]bool, len(all)), over: make([]bool, len(all)),
		sights: make([][]engine.Sight, len(all)), journal: journal{kept: make([]pastOf, len(all))}, output: make([]excerpt, len(all))}
	c.active, c.mayGoOn = len(all), make([]bool, len(all))
	for i, d := range all {
		c.mayGoOn[i] = d.MayGoOn()
		c.standing = append(c.standing, Standing{Driver: d.Name(), Actions: len(d.Actions()),
			Step: engine.Step{Action: engine.Text("not started"), Source: engine.Text(""), Since: c.since}})
	}
	for at, parties := range drivers.Points(all) {
		c.points[at] = newPoint(at, parties)
	}
	return c
}

// seat is the coordinator as one driver sees it.
type seat struct {
	*coordinator
	driver int
}

// Record implements engine.Coordinator.
func (s seat) Record(r engine.Record) {
	r = r.Readable()
	r.Driver, r.By = s.driver, s.name(s.driver)
	r.Failure = s.attributed(r.Failure)
	if s.progress != nil {
		s.progress(r)
	}
	s.print(r)
	s.moves.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Kind != engine.RecordSight && r.Kind != engine.RecordResult {
		s.journal.add(s.driver, r)
	}
	switch r.Kind {
	case engine.RecordStep:
		s.standing[s.driver].Step = *r.Step
	case engine.RecordResult:
		name := s.drivers[s.driver].Name()
		if s.results[name] == nil {
			s.results[name] = map[string]json.RawMessage{}
		}
		s.results[name][r.Name] = r.Value
	case engine.RecordLog:
		s.log.add(s.drivers[s.driver].Name() + ": " + r.Name)
		s.printed(s.driver, r.Name)
	case engine.RecordOutput:
		s.printed(s.driver, r.Name)
	case engine.RecordSight:
		s.sights[s.driver] = append(s.sights[s.driver], *r.Sight)
	case engine.RecordReached:
		if p := s.points[*r.At]; p != nil {
			p.reached(s.driver, s.coordinator)
		}
	case engine.RecordFailure:
		s.failed(r.Failure)
	case engine.RecordRestarted:
		s.restarted(s.driver, r.Time)
	case engine.RecordEnded:
		if r.Failure != nil {
			s.failed(r.Failure)
		}
		s.ended(s.driver)
	}
}

// attributed is the failure with the driver and its action, where the engine names neither.
func (s seat) attributed(f *engine.Failure) *engine.Failure {
	if f == nil || f.Driver != "" {
		return f
	}
	named := *f
	named.Driver, named.Endpoint = s.name(s.driver), s.drivers[s.driver].Endpoint()
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.standing[s.driver].Step; at.Serial > 0 && f.Text == "" {
		named.Action, named.Text, named.Source = at.Index, at.Action.String(), at.Source.String()
		named.Elapsed = time.Since(at.Since)
	}
	return &named
}

// failed takes a failure in; the first one stops everyone. The lock is held.
func (c *coordinator) failed(f *engine.Failure) {
	f = f.Readable()
	c.failures = append(c.failures, f)
	c.failedAt[f] = time.Since(c.since)
	if c.atFailure != nil {
		return
	}
	c.atFailure = c.standings()
	c.stop(engine.ErrStopped)
}

// now returns where all drivers stand.
func (c *coordinator) now() []Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standings()
}

// courses are the steps that all drivers have begun, with those after a failure. The lock is
// held.
func (c *coordinator) courses() []drivers.Course {
	all := make([]drivers.Course, len(c.standing))
	for i, s := range c.standing {
		all[i] = drivers.Course{Stand: drivers.Stand{Index: s.Step.Index, Action: s.Step.Action, Ended: s.Ended, Restarted: s.Restarted}, Since: s.Step.Since, Past: c.journal.steps(i)}
	}
	return all
}

// standings is where all drivers stand now. The lock is held.
func (c *coordinator) standings() []Standing {
	all := slices.Clone(c.standing)
	for i := range all {
		all[i].For = time.Since(all[i].Step.Since)
	}
	return all
}

// fail is for failures that belong to no driver.
func (c *coordinator) fail(f *engine.Failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed(f)
}

// failIfFirst is fail for what does not matter any more if something else has failed.
func (c *coordinator) failIfFirst(f *engine.Failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) == 0 {
		c.failed(f)
	}
}

// interrupt is for a run that is stopped from outside. It tells of one that had not
// failed.
func (c *coordinator) interrupt(cause error, tell func([]Standing)) {
	c.mu.Lock()
	first := len(c.failures) == 0
	c.interrupted = first
	c.failed(cancelled(cause))
	at := c.atFailure
	c.mu.Unlock()
	if first && tell != nil {
		tell(at)
	}
}

// ended notes that a driver has ended. The lock is held.
func (c *coordinator) ended(driver int) {
	if c.isActive(driver) {
		c.active--
	}
	c.standing[driver].Ended, c.over[driver] = true, true
	for end := c.points[engine.Point{Kind: engine.AtEnd}]; end.arrived[driver] < 2; {
		end.reached(driver, c)
	}
	c.finished(driver)
	c.breakDeadlock()
}

// restarted notes that a driver runs again. The lock is held.
func (c *coordinator) restarted(driver int, at time.Time) {
	s := &c.standing[driver]
	s.Ended, s.Restarted = false, true
	s.Step = engine.Step{Index: s.Step.Index, Action: engine.Text("not begun again"), Source: engine.Text(""), Since: at}
}

// finished notes that a driver reaches no more points. The lock is held.
func (c *coordinator) finished(driver int) {
	if own := c.points[engine.Point{Kind: engine.AtFinish, Name: c.name(driver)}]; own.arrived[driver] == 0 {
		own.reached(driver, c)
	}
	c.anyFinished, c.done[driver] = true, true
	for _, p := range c.points {
		p.partyFinished(driver, c)
	}
}

// breakDeadlock breaks all points when every driver has ended or waits at one, for then
// nobody will ever come. The lock is held.
func (c *coordinator) breakDeadlock() {
	if c.active > 0 {
		return
	}
	for _, p := range c.points {
		for round := range p.rounds {
			if p.at.Kind != engine.AtEnd {
				p.breakUp(round, c)
			}
		}
	}
}

// isActive reports whether the driver may still do something. The lock is held.
func (c *coordinator) isActive(driver int) bool {
	return !c.over[driver] && (c.waiting[driver] == 0 || c.mayGoOn[driver])
}

// wait counts the arrivals of a driver that have not been released. The lock is held.
func (c *coordinator) wait(driver, more int) {
	before := c.isActive(driver)
	c.waiting[driver] += more
	switch after := c.isActive(driver); {
	case before && !after:
		c.active--
	case after && !before:
		c.active++
	}
}

// Arrive implements engine.Coordinator.
func (s seat) Arrive(ctx context.Context, at engine.Point) error {
	s.moves.Add(1)
	s.mu.Lock()
	p := s.points[at]
	if p == nil {
		s.mu.Unlock()
		if at.Kind == engine.AtListener {
			return nil
		}
		return fmt.Errorf("%v stands in the actions of no driver; use the actions Checkpoint, Signal and Await", at)
	}
	released, round := p.wait(s.driver, s.coordinator)
	s.breakDeadlock()
	s.mu.Unlock()
	select {
	case err := <-released:
		s.moves.Add(1)
		return err
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case err := <-released: // A party failed, which broke the checkpoint and stopped the others.
		return err
	default:
	}
	if cause := context.Cause(ctx); errors.Is(cause, engine.ErrStopped) {
		return cause // Where everybody stood is in the report once, for all.
	}
	return fmt.Errorf("%w; %v: %s", context.Cause(ctx), at, p.attendance(s.coordinator, round))
}

func (c *coordinator) name(driver int) string { return c.drivers[driver].Name() }
