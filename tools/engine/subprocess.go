package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/coverage"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// Exit codes of a child. They only add to what its records say: a child passes
// with code 0 and a completion record.
const (
	// ExitDriverFailed: the driver failed, and a record says how.
	ExitDriverFailed = 21
	// ExitHarness: the child could not build or run its driver.
	ExitHarness = 22
)

// OnBoth is the engine that runs every other driver as a process of its own, and the
// first and those between them as goroutines of this one. Without any backend it
// panics.
func OnBoth(backends ...Backend) Engine {
	e := OnProcesses(backends...).(Subprocess)
	e.Mixed = true
	return e
}

// OnProcesses is the engine that runs every driver as a process of its own, whose
// endpoint is the backend's; several backends are given to drivers in turn.
// Without any it panics.
func OnProcesses(backends ...Backend) Engine {
	if len(backends) == 0 {
		panic("engine: OnProcesses needs a backend, engine.Unix() say")
	}
	return Subprocess{Backends: backends}
}

// Subprocess is the engine that runs every driver as a process: this binary
// started again, which must call the runner's Dispatch first.
type Subprocess struct {
	// Backends holds one backend for all drivers, or several that are given to
	// the drivers in turn. Several must be able to talk to each other: the first
	// one opens what the run needs and says where endpoints listen, and the others
	// join it.
	Backends []Backend
	// Mixed has the first, the third, … driver run as a goroutine of this process,
	// and only the others as processes.
	Mixed bool
	// Args are the arguments of every child. Where a test function dispatches, and
	// not TestMain, they have the child run that test alone: "-test.run=^TestConformance$".
	Args []string
	// Hosts are where the driver's processes run, given to the drivers in turn; none
	// means here.
	Hosts []Host
	// StopGrace is how long a child may go on after it was told to stop, before
	// it is killed. The default is 3 s, 6 s in a program built with -race: more than
	// an action has that ignores its context, so that the child can say which one.
	StopGrace time.Duration
}

// Name implements Engine.
func (e Subprocess) Name() string {
	if len(e.Hosts) == 0 {
		return e.ChildName()
	}
	return strings.Replace(e.ChildName(), "+", "@"+strings.Join(hostNames(e.Hosts), ",")+"+", 1)
}

// ChildName is what children know the engine by: its Name without the hosts, which
// are the parent's business.
func (e Subprocess) ChildName() string {
	names := make([]string, len(e.Backends))
	for i, b := range e.Backends {
		names[i] = b.Name()
	}
	if e.Mixed {
		return "mixed+" + strings.Join(names, ",")
	}
	return "subprocess+" + strings.Join(names, ",")
}

// Capabilities implements Engine: what all backends have in common, in processes
// of their own unless it is Mixed.
func (e Subprocess) Capabilities() Capabilities {
	common := e.backend(0).Capabilities()
	for _, b := range e.Backends[1:] {
		common = common.Common(b.Capabilities())
	}
	if len(e.Hosts) == 0 { // What a host's command starts may not be below it.
		common = common.With(detached()...)
	}
	if childproc.Supported {
		common = common.With(ChildProcesses)
	}
	if e.Mixed {
		return common
	}
	return common.With(ProcessIsolation)
}

// Requires implements Requirer: child processes, and what its backends do.
func (e Subprocess) Requires() []Need {
	all := []Need{ChildProcesses}
	for _, b := range e.Backends {
		all = append(all, Required(b)...)
	}
	return all
}

// IsProcess reports whether the driver of that index runs as a process of its own.
func (e Subprocess) IsProcess(driver int) bool { return !e.here(driver) }

// here tells whether a driver runs in this process.
func (e Subprocess) here(driver int) bool { return e.Mixed && driver%2 == 0 }

func (e Subprocess) backend(driver int) Backend { return e.Backends[driver%len(e.Backends)] }

func (e Subprocess) host(driver int) Host {
	if len(e.Hosts) == 0 {
		return Host{}
	}
	return e.Hosts[driver%len(e.Hosts)]
}

func (e Subprocess) stopGrace() time.Duration {
	if e.StopGrace > 0 {
		return e.StopGrace
	}
	return ignoreGrace + 2*time.Second
}

// Open implements Engine.
func (e Subprocess) Open(ctx context.Context, site Site) (Session, error) {
	if IsChild() {
		return nil, errors.New("engine: this process is itself a child and may not start children; " +
			"call runner.Dispatch first thing in main or TestMain, so that a child runs its driver and nothing else")
	}
	if !childproc.Supported {
		return nil, fmt.Errorf("engine: drivers cannot be processes on %s; use a goroutine engine", runtime.GOOS)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("engine: find this program to start it again: %w", err)
	}
	dir, err := site.Dir()
	if err != nil {
		return nil, err
	}
	if e.Mixed && len(e.Hosts) > 0 {
		return nil, errors.New("engine: drivers that run in this process are on no host; set Mixed or Hosts, not both")
	}
	site.Hosts = addresses(e.Hosts)
	s := &subprocessSession{engine: e, site: site, program: program, dir: dir}
	for i, b := range e.Backends {
		var network Network
		if i == 0 {
			network, err = b.Open(ctx, site)
		} else {
			network, err = b.Join(ctx, site, s.networks[0].Params())
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("engine: open backend %s: %w", b.Name(), err)
		}
		s.networks = append(s.networks, network)
	}
	return s, nil
}

type subprocessSession struct {
	engine   Subprocess
	site     Site
	program  string
	dir      string
	networks []Network

	mu    sync.Mutex
	leaks []string
}

func (s *subprocessSession) Name() string               { return s.engine.Name() }
func (s *subprocessSession) Capabilities() Capabilities { return s.engine.Capabilities() }

func (s *subprocessSession) Config(name string) lahja.ConnectionConfig {
	return s.networks[0].Config(name)
}

func (s *subprocessSession) RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error) {
	return s.networks[0].RunEndpoint(ctx, name, options.logTo(s.site.Logger))
}

func (s *subprocessSession) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error) {
	return s.networks[0].ServeEndpoint(ctx, config, options.logTo(s.site.Logger))
}

func (s *subprocessSession) RunWithTimeout(ctx context.Context, timeout time.Duration, fn func(context.Context) error) error {
	return runWithTimeout(ctx, timeout, fn)
}

func (s *subprocessSession) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

func (s *subprocessSession) Close() []string {
	s.mu.Lock()
	leaks := s.leaks
	s.mu.Unlock()
	for _, n := range s.networks {
		leaks = append(leaks, n.Close()...)
	}
	return leaks
}

func (s *subprocessSession) leak(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaks = append(s.leaks, what)
}

func (s *subprocessSession) RunDrivers(ctx context.Context, run Run) []*Failure {
	failures := make([]*Failure, len(run.Drivers))
	if run.Launch.IsZero() {
		for i, d := range run.Drivers {
			failures[i] = &Failure{Kind: FailedHarness, Driver: d.Name(), Message: "bare drivers exist in this process alone; " +
				"put them into a Scenario and hand it to runner.Dispatch, or use a goroutine engine"}
			run.ended(i, failures[i])
		}
		return failures
	}
	env, cleanup, err := childEnviron()
	if err != nil {
		for i, d := range run.Drivers {
			failures[i] = &Failure{Kind: FailedHarness, Driver: d.Name(), Message: err.Error(), Err: err}
			run.ended(i, failures[i])
		}
		return failures
	}
	defer cleanup()
	release := orphans.Adopt()
	defer release()
	var all sync.WaitGroup
	processes := newFleet()
	for i, driver := range run.Drivers {
		all.Go(func() {
			a := run.Assignment(i)
			if s.engine.here(i) {
				failures[i] = s.driveHere(ctx, i, driver, a)
				run.ended(i, failures[i])
				return
			}
			host := s.engine.host(i)
			c := &childProcess{session: s, driver: driver, assignment: a, host: host, env: env, fleet: processes, reaped: make(chan struct{}), launch: ChildLaunch{
				Engine: s.engine.ChildName(), Host: host.Address, Params: s.networks[0].Params(), Dir: s.dir, Launch: run.Launch,
				Driver: i, ActionTimeout: a.ActionTimeout, RunID: a.RunID, Trace: a.Trace, AwaitDebugger: a.AwaitDebugger, PlanHash: a.PlanHash, Places: a.Places,
			}}
			processes.add(c)
			failures[i] = c.run(ctx)
			run.ended(i, failures[i])
		})
	}
	all.Wait()
	orphans.Adopted() // It waits for the dead.
	return failures
}

// driveHere runs a driver on a goroutine of this process.
func (s *subprocessSession) driveHere(ctx context.Context, i int, driver Driver, a Assignment) *Failure {
	network := s.networks[i%len(s.networks)]
	if i%len(s.networks) != 0 {
		network = configuredNetwork{Network: network, first: s.networks[0]}
	}
	here := &goroutineSession{Network: network, name: s.Name(), capabilities: s.Capabilities()}
	return here.drive(ctx, driver, a)
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
			return nil, nil, fmt.Errorf("engine: make a coverage directory for children: %w", err)
		}
		env = append(env, "GOCOVERDIR="+dir)
		cleanup = func() { os.RemoveAll(dir) }
	}
	return env, cleanup, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
