package subprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// On is the engine that runs every driver as a process of its own, whose endpoint is the
// backend's; several backends are given to drivers in turn. Without any it panics.
func On(backends ...engine.Backend) Engine {
	if len(backends) == 0 {
		panic("subprocess: an engine needs a backend, such as transports.Unix()")
	}
	return Engine{Backends: backends}
}

// Mixed is the engine that runs every other driver as a process of its own, and the
// first and those between them as goroutines of this one. Without any backend it
// panics.
func Mixed(backends ...engine.Backend) Engine {
	e := On(backends...)
	e.Mixed = true
	return e
}

// Engine is the engine that runs every driver as a process: this binary
// started again, which must call the runner's Dispatch first.
type Engine struct {
	// Backends holds one backend for all drivers, or several that are given to
	// the drivers in turn. Several must be able to talk to each other: the first
	// one opens what the run needs and says where endpoints listen, and the others
	// join it.
	Backends []engine.Backend
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

// Name implements engine.Engine.
func (e Engine) Name() string {
	if len(e.Hosts) == 0 {
		return e.ChildName()
	}
	return strings.Replace(e.ChildName(), "+", "@"+strings.Join(hostNames(e.Hosts), ",")+"+", 1)
}

// ChildName implements engine.ProcessEngine: it is the Name without the hosts.
func (e Engine) ChildName() string {
	names := make([]string, len(e.Backends))
	for i, b := range e.Backends {
		names[i] = b.Name()
	}
	if e.Mixed {
		return "mixed+" + strings.Join(names, ",")
	}
	return "subprocess+" + strings.Join(names, ",")
}

// Capabilities implements engine.Engine: what all backends have in common, in processes
// of their own unless it is Mixed.
func (e Engine) Capabilities() engine.Capabilities {
	common := e.backend(0).Capabilities()
	for _, b := range e.Backends[1:] {
		common = common.Common(b.Capabilities())
	}
	if orphans.Supported && len(e.Hosts) == 0 { // What a host's command starts may not be below it.
		common = common.With(engine.FindsDetached)
	}
	if childproc.Supported {
		common = common.With(engine.ChildProcesses)
	}
	if e.Mixed {
		return common
	}
	return common.With(engine.ProcessIsolation)
}

// Requires implements engine.Requirer: child processes, and what its backends do.
func (e Engine) Requires() []engine.Need {
	all := []engine.Need{engine.ChildProcesses}
	for _, b := range e.Backends {
		all = append(all, engine.Required(b)...)
	}
	return all
}

// IsProcess implements engine.ProcessEngine.
func (e Engine) IsProcess(driver int) bool { return !e.Mixed || driver%2 == 1 }

// WithArgs implements engine.TakesArgs.
func (e Engine) WithArgs(args ...string) engine.Engine {
	e.Args = slices.Concat(args, e.Args)
	return e
}

// Same reports whether children of another engine would build the same endpoints.
func (e Engine) Same(other any) bool {
	o, ok := asEngine(other)
	return ok && slices.EqualFunc(e.Backends, o.Backends, func(a, b engine.Backend) bool { return engine.Same(a, b) })
}

// asEngine returns an engine of this package as a value.
func asEngine(e any) (Engine, bool) {
	switch e := e.(type) {
	case Engine:
		return e, true
	case *Engine:
		return *e, true
	}
	return Engine{}, false
}

func (e Engine) backend(driver int) engine.Backend { return e.Backends[driver%len(e.Backends)] }

func (e Engine) host(driver int) Host {
	if len(e.Hosts) == 0 {
		return Host{}
	}
	return e.Hosts[driver%len(e.Hosts)]
}

func (e Engine) stopGrace() time.Duration {
	if e.StopGrace > 0 {
		return e.StopGrace
	}
	return engine.IgnoreGrace + 2*time.Second
}

// Open implements engine.Engine.
func (e Engine) Open(ctx context.Context, site engine.Site) (engine.Session, error) {
	if IsChild() {
		return nil, errors.New("subprocess: this process is itself a child and may not start children; " +
			"call runner.Dispatch first thing in main or TestMain, so that a child runs its driver and nothing else")
	}
	if !childproc.Supported {
		return nil, fmt.Errorf("subprocess: drivers cannot be processes on %s; use a goroutine engine", runtime.GOOS)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("subprocess: find this program to start it again: %w", err)
	}
	dir, err := site.Dir()
	if err != nil {
		return nil, err
	}
	if e.Mixed && len(e.Hosts) > 0 {
		return nil, errors.New("subprocess: drivers that run in this process are on no host; set Mixed or Hosts, not both")
	}
	site.Hosts = addresses(e.Hosts)
	s := &session{engine: e, program: program, dir: dir}
	for i, b := range e.Backends {
		var network engine.Network
		if i == 0 {
			network, err = b.Open(ctx, site)
		} else {
			network, err = b.Join(ctx, site, s.networks[0].Params())
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("subprocess: open backend %s: %w", b.Name(), err)
		}
		s.networks = append(s.networks, network)
	}
	s.Session = engine.OnNetwork(e, s.networks[0], site.Logger)
	return s, nil
}
