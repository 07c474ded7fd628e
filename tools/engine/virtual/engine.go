package virtual

import (
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/internal/goroutines"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Engine is the engine on virtual time. The zero value works: everybody goes on when they
// like, and messages take no time.
type Engine struct {
	// Seed makes the latencies of links. Runs of the same seed have the same.
	Seed uint64
	// Link is what the connections are like, in both directions.
	Link Link
	// Schedule has one step taken at a time; nil lets all go on at once. It is for one run.
	Schedule *Schedule
}

// Name implements engine.Engine.
func (Engine) Name() string { return "virtual" }

// Capabilities implements engine.Engine.
func (Engine) Capabilities() engine.Capabilities {
	return backend(nil).Capabilities().With(engine.SharedMemory, engine.NetworkFaults, engine.DriverFaults, engine.DriverPauses)
}

// Options implements engine.Optioned.
func (e Engine) Options() string {
	if e == (Engine{}) {
		return ""
	}
	all := []string{fmt.Sprintf("seed %d", e.Seed)}
	if link := e.Link.String(); link != "" {
		all = append(all, link)
	}
	if e.Schedule != nil {
		all = append(all, "one step at a time")
	}
	return strings.Join(all, ", ")
}

// Within implements engine.OwnTime.
func (Engine) Within(fn func()) error { return bubble(fn) }

// Open implements engine.Engine.
func (e Engine) Open(ctx context.Context, site engine.Site) (engine.Session, error) {
	if err := e.Link.check(); err != nil {
		return nil, fmt.Errorf("virtual: %w", err)
	}
	n := newNetwork(e)
	on, err := backend(n).Open(ctx, site)
	if err != nil {
		return nil, err
	}
	s := &session{Session: engine.OnNetwork(e, on, site.Logger), network: n, schedule: e.Schedule}
	s.timedOut = &engine.TimeoutError{Why: s.state}
	if e.Schedule != nil {
		e.Schedule.start(s)
	}
	return s, nil
}

// backend is that of endpoints on the simulated network.
func backend(n *network) *transports.Backend {
	return &transports.Backend{
		BackendName: "virtual",
		New:         func() p2p.Transport { return n },
		Random:      n.random,
		Has:         []engine.Capability{engine.RawConnections},
		Amounts:     engine.Capabilities{engine.LivenessBound: int64(livenessBound)},
		OneProcess:  true,
	}
}

// session implements engine.Session.
type session struct {
	engine.Session
	network  *network
	schedule *Schedule
	timedOut *engine.TimeoutError
	sleeping count
	lives    lives
	pool     goroutines.Pool
}

// Backing implements engine.OverNetwork.
func (s *session) Backing() engine.Network { return s.Session.(engine.OverNetwork).Backing() }

// Transport implements engine.RawDialer.
func (s *session) Transport() p2p.Transport { return s.Session.(engine.RawDialer).Transport() }

// RunDrivers implements engine.EngineAPI.
func (s *session) RunDrivers(ctx context.Context, run engine.Run) {
	drivers := make([]engine.Driver, len(run.Drivers))
	for i, d := range run.Drivers {
		drivers[i] = scheduled{Driver: d, session: s}
	}
	assignment := run.Assignment
	run.Drivers, run.Assignment = drivers, func(i int) engine.Assignment {
		a := assignment(i)
		a.Coordinator = witness{a.Coordinator, &s.lives, drivers[i].Name()}
		return a
	}
	s.lives.whole, s.lives.of, s.lives.resumed, s.lives.ending = ctx, map[string]*life{}, map[string]bool{}, make(chan struct{})
	defer context.AfterFunc(ctx, s.lives.allGoOn)()
	s.Session.RunDrivers(ctx, run)
	close(s.lives.ending)
	s.lives.again.Wait()
}

// scheduled is a driver that knows the session.
type scheduled struct {
	engine.Driver
	session *session
}

// RunWithTimeout implements engine.EngineAPI.
func (s *session) RunWithTimeout(ctx context.Context, timeout time.Duration, fn func(context.Context) error) error {
	err := engine.RunWithTimeout(ctx, timeout, s.timedOut, s.pool.Run, fn)
	s.lives.gate(ctx, driverOf(ctx))
	return err
}

// Idle implements engine.Idler.
func (s *session) Idle() bool {
	return s.network.underWay.load() == 0 && s.sleeping.load() == 0 && s.lives.standing() == ""
}

// state says what might have happened in the run before somebody's time was up. What drivers do because
// of that, at the same instant, is left out.
func (s *session) state() string {
	if paused := s.lives.standing(); paused != "" {
		return "while " + paused + " stood still"
	}
	messages, sleepers := s.network.underWay.before(), s.sleeping.before()
	if messages == 0 && sleepers == 0 {
		return "when only a timer could have had anybody go on: no message was under way, and no driver slept"
	}
	return fmt.Sprintf("while %d messages were under way and %d drivers slept", messages, sleepers)
}

// Turn implements engine.Scheduler.
func (s *session) Turn(ctx context.Context, actor string, what fmt.Stringer) {
	s.turnOf(ctx, actor, what)
}

// Sleep implements engine.EngineAPI.
func (s *session) Sleep(ctx context.Context, d time.Duration) error {
	s.sleeping.add(1)
	err := s.Session.Sleep(ctx, d)
	if s.sleeping.add(-1); err != nil {
		return err
	}
	s.turnOf(ctx, driverOf(ctx), slept(d))
	return nil
}

// driverOf is the driver whose action or handler has the context.
func driverOf(ctx context.Context) string {
	driver, _ := pprof.Label(ctx, engine.LabelDriver)
	return driver
}

// slept is what an actor does that has waited.
type slept time.Duration

func (d slept) String() string { return "goes on after a sleep of " + time.Duration(d).String() }

// Close implements engine.Session.
func (s *session) Close() []string {
	left := s.Session.Close()
	s.schedule.stop()
	s.network.end()
	s.pool.End()
	return left
}
