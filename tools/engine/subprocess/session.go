package subprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/coverage"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// session is an Engine during one run. The session in it is of this process.
type session struct {
	engine.Session
	engine   Engine
	program  string
	dir      string
	networks []engine.Network

	mu    sync.Mutex
	leaks []string
}

func (s *session) Close() []string {
	s.mu.Lock()
	leaks := s.leaks
	s.mu.Unlock()
	for _, n := range s.networks {
		leaks = append(leaks, n.Close()...)
	}
	return leaks
}

func (s *session) leak(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaks = append(s.leaks, what)
}

func (s *session) RunDrivers(ctx context.Context, run engine.Run) {
	if run.Launch.IsZero() {
		failAll(run, errors.New("bare drivers exist in this process alone; "+
			"put them into a Scenario and hand it to runner.Dispatch, or use a goroutine engine"))
		return
	}
	env, cleanup, err := childEnviron()
	if err != nil {
		failAll(run, err)
		return
	}
	defer cleanup()
	release := orphans.Adopt()
	defer release()
	var all sync.WaitGroup
	processes := newFleet()
	for i, driver := range run.Drivers {
		all.Go(func() {
			a := run.Assignment(i)
			if !s.engine.IsProcess(i) {
				s.driveHere(ctx, i, driver, a)
				return
			}
			host := s.engine.host(i)
			c := &process{session: s, driver: driver, assignment: a, host: host, env: env, fleet: processes, reaped: make(chan struct{}),
				launch: launch{Params: s.networks[0].Params(), Host: host.Address,
					ChildLaunch: engine.ChildLaunch{Engine: s.engine.ChildName(), Dir: s.dir, Launch: run.Launch, Assignment: a}}}
			processes.add(c)
			c.run(ctx)
		})
	}
	all.Wait()
	orphans.Adopted() // It waits for the dead.
}

// driveHere runs a driver on a goroutine of this process.
func (s *session) driveHere(ctx context.Context, i int, driver engine.Driver, a engine.Assignment) {
	network := s.networks[i%len(s.networks)]
	if i%len(s.networks) != 0 {
		network = configuredNetwork{Network: network, first: s.networks[0]}
	}
	here := engine.OnNetwork(s.engine, network, nil)
	one := engine.Run{Drivers: []engine.Driver{driver}, Assignment: func(int) engine.Assignment { return a }}
	here.RunDrivers(ctx, one)
}

// failAll has every driver of a run fail.
func failAll(run engine.Run, err error) {
	for i, d := range run.Drivers {
		run.Assignment(i).Coordinator.Record(engine.Record{Kind: engine.RecordEnded, Time: time.Now(),
			Failure: &engine.Failure{Kind: engine.FailedHarness, Driver: d.Name(), Message: err.Error(), Err: err}})
	}
}

// childEnviron is this process's environment with what every child needs: the
// mark, no second of waiting at the end of a race-checked child, and a place for
// coverage counters where this binary is instrumented but has none.
func childEnviron() (env []string, cleanup func(), err error) {
	env = append(os.Environ(), childEnv+"="+childDepth,
		"GORACE="+strings.TrimSpace(os.Getenv("GORACE")+" "+quietRace))
	cleanup = func() {}
	if coverage.WriteMeta(discard{}) == nil && os.Getenv("GOCOVERDIR") == "" {
		dir, err := os.MkdirTemp("", "lahja-cover-")
		if err != nil {
			return nil, nil, fmt.Errorf("subprocess: make a coverage directory for children: %w", err)
		}
		env = append(env, "GOCOVERDIR="+dir)
		cleanup = func() { os.RemoveAll(dir) }
	}
	return env, cleanup, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
