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
	anyEnded    bool
	failures    []*engine.Failure
	interrupted bool
	atFailure   []Standing
	results     map[string]map[string]json.RawMessage
	log         excerpt
	output      []excerpt
	sights      [][]engine.Sight
	checkpoints map[string]*checkpoint
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
	// Ended tells that it did nothing any more.
	Ended bool
	// For is how long it had been there.
	For time.Duration
}

func newCoordinator(all []*drivers.Driver, stop context.CancelCauseFunc, progress func(engine.Record)) *coordinator {
	c := &coordinator{drivers: all, stop: stop, progress: progress, since: time.Now(),
		results: map[string]map[string]json.RawMessage{}, checkpoints: map[string]*checkpoint{}, waiting: make([]int, len(all)),
		sights: make([][]engine.Sight, len(all)), output: make([]excerpt, len(all))}
	c.active, c.mayGoOn = len(all), make([]bool, len(all))
	for i, d := range all {
		c.mayGoOn[i] = d.MayGoOn()
		c.standing = append(c.standing, Standing{Driver: d.Name(), Actions: len(d.Actions()),
			Step: engine.Step{Action: engine.Text("not started"), Source: engine.Text(""), Since: c.since}})
	}
	for name, parties := range drivers.Checkpoints(all) {
		c.checkpoints[name] = newCheckpoint(name, parties)
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
	if s.progress != nil {
		s.progress(r)
	}
	s.print(r)
	s.moves.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
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
	case engine.RecordFailure:
		s.failed(r.Failure)
	case engine.RecordEnded:
		if r.Failure != nil {
			s.failed(r.Failure)
		}
		s.ended(s.driver)
	}
}

// failed takes a failure in; the first one stops everyone. The lock is held.
func (c *coordinator) failed(f *engine.Failure) {
	c.failures = append(c.failures, f.Readable())
	if c.atFailure != nil {
		return
	}
	c.atFailure = c.standings()
	c.stop(engine.ErrStopped)
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
	c.standing[driver].Ended, c.anyEnded = true, true
	for _, cp := range c.checkpoints {
		cp.partyEnded(driver, c)
	}
	c.breakDeadlock()
}

// breakDeadlock breaks all checkpoints when every driver has ended or waits at
// one, for then nobody will ever arrive. The lock is held.
func (c *coordinator) breakDeadlock() {
	if c.active > 0 {
		return
	}
	for _, cp := range c.checkpoints {
		for round := range cp.rounds {
			cp.breakUp(round, c)
		}
	}
}

// isActive reports whether the driver may still do something. The lock is held.
func (c *coordinator) isActive(driver int) bool {
	return !c.standing[driver].Ended && (c.waiting[driver] == 0 || c.mayGoOn[driver])
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
func (s seat) Arrive(ctx context.Context, name string) error {
	s.moves.Add(1)
	s.mu.Lock()
	cp := s.checkpoints[name]
	if cp == nil {
		s.mu.Unlock()
		return fmt.Errorf("checkpoint %q does not stand in the actions of any driver; use the Checkpoint action", name)
	}
	released := cp.arrive(s.driver, s.coordinator)
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
	return fmt.Errorf("%w; checkpoint %q: %s", context.Cause(ctx), name, cp.attendance(s.coordinator, cp.arrived[s.driver]))
}

func (c *coordinator) name(driver int) string { return c.drivers[driver].Name() }
