package subprocess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
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
	// Launcher starts the processes; nil means on this machine.
	Launcher Launcher
	// StopGrace is how long a child may go on after it was told to stop, before
	// it is killed. The default is 3 s, 6 s in a program built with -race: more than
	// an action has that ignores its context, so that the child can say which one.
	StopGrace time.Duration
}

// Name implements engine.Engine.
func (e Engine) Name() string {
	if e.Mixed {
		return e.ChildName()
	}
	return e.named(e.launcher().Name())
}

// plainName begins the names of engines on this machine.
const plainName = "subprocess"

// ChildName implements engine.ProcessEngine: it is the Name on this machine, wherever the
// processes are.
func (e Engine) ChildName() string {
	if e.Mixed {
		return e.named("mixed")
	}
	return e.named(plainName)
}

func (e Engine) named(kind string) string {
	names := make([]string, len(e.Backends))
	for i, b := range e.Backends {
		names[i] = b.Name()
	}
	return kind + "+" + strings.Join(names, ",")
}

// Options implements engine.Optioned: where the hosts listen that the name mentions.
func (e Engine) Options() string {
	hosts, _ := e.Launcher.(Hosts)
	return brief.Each(len(hosts), ", ", func(i int) string { return hosts[i].Name + " at " + cmp.Or(hosts[i].Address, "loopback") })
}

// Capabilities implements engine.Engine: what all backends have in common, in processes
// of their own unless it is Mixed.
func (e Engine) Capabilities() engine.Capabilities {
	common := e.backend(0).Capabilities()
	for _, b := range e.Backends[1:] {
		common = common.Common(b.Capabilities())
	}
	common = common.With(e.launcher().Has()...)
	if childproc.Supported {
		common = common.With(engine.ChildProcesses)
	}
	if e.Mixed {
		return common
	}
	common = common.With(engine.ProcessIsolation, engine.DriverPauses)
	if common.Has(engine.Takeover) { // Else a driver that is started again cannot listen.
		common = common.With(engine.DriverFaults)
	}
	if e.proxyNetwork() != "" {
		common = common.With(engine.NetworkFaults)
	}
	return common
}

// proxyNetwork is the network of the proxies that can stand between endpoints: that of all backends,
// where all processes are on this machine; "" if there is none.
func (e Engine) proxyNetwork() string {
	if hosts, local := e.launcher().(Hosts); !local || len(hosts) > 0 || e.Mixed {
		return ""
	}
	network := ""
	for i, b := range e.Backends {
		proxied, ok := b.(engine.Proxied)
		if !ok || i > 0 && proxied.ProxyNetwork() != network {
			return ""
		}
		network = proxied.ProxyNetwork()
	}
	return network
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

// Act implements engine.Actor, where the Launcher does.
func (e Engine) Act() {
	if actor, ok := e.Launcher.(engine.Actor); ok {
		actor.Act()
	}
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

// launcher is the Launcher, or the one of this machine.
func (e Engine) launcher() Launcher {
	if e.Launcher == nil {
		return Hosts(nil)
	}
	return e.Launcher
}

// processes are the drivers that run as processes, and nil for each of the others.
func (e Engine) processes(all []engine.Driver) []engine.Driver {
	chosen := make([]engine.Driver, len(all))
	for i, d := range all {
		if e.IsProcess(i) {
			chosen[i] = d
		}
	}
	return chosen
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
	if e.Mixed && e.Launcher != nil {
		return nil, errors.New("subprocess: drivers that run in this process are on no host; set Mixed or Launcher, not both")
	}
	dir, err := site.Dir()
	if err != nil {
		return nil, err
	}
	machines, err := e.launcher().Machines(ctx)
	if err != nil {
		return nil, err
	}
	site.Hosts = addresses(machines)
	s := &session{engine: e, dir: dir, machines: machines}
	site.Names = &s.names
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
