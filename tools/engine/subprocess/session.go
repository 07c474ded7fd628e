package subprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childmark"
	"github.com/lahja/go-lahja/tools/internal/faultproxy"
)

// session is an Engine during one run. The session in it is of this process.
type session struct {
	engine.Session
	engine   Engine
	dir      string
	networks []engine.Network
	machines []engine.Machine
	names    engine.NameTable
	// proxies stand between endpoints if the scenario needs network faults; else they are nil.
	proxies *faultproxy.Proxies
	// endpoints are names by where they listen.
	endpoints map[string]string
	// placement is where the drivers are that run now.
	placement Placement

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

// Placeable implements engine.Placer.
func (s *session) Placeable(_ context.Context, drivers []string, places engine.Places) error {
	_, err := places.Assign(drivers, s.machines)
	return err
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
	placement, err := s.engine.launcher().Place(ctx, Placing{Drivers: s.engine.processes(run.Drivers), Places: run.Places, Dir: s.dir})
	if err != nil {
		failAll(run, err)
		return
	}
	s.placement = placement
	if run.NetworkFaults {
		s.openProxies(run.Drivers)
		defer s.proxies.Close()
	}
	for _, n := range s.networks {
		engine.Arrange(n, run.Drivers)
	}
	var all sync.WaitGroup
	processes := newFleet()
	for i, driver := range run.Drivers {
		all.Go(func() {
			a := run.Assignment(i)
			if !s.engine.IsProcess(i) {
				s.driveHere(ctx, i, driver, a)
				return
			}
			c := newProcess(s, driver, a, processes)
			c.launch = launch{Params: s.networks[0].Params(), Ring: a.Ring.File() != nil, Proxied: s.proxies != nil,
				ChildLaunch: engine.ChildLaunch{Engine: s.engine.ChildName(), Launch: run.Launch, Assignment: a}}
			processes.add(c)
			c.run(ctx)
		})
	}
	all.Wait()
	processes.end()
	s.sweep(processes)
	for _, left := range placement.Close() {
		s.leak(left)
	}
}

// sweep removes what drivers have left that others had killed.
func (s *session) sweep(f *fleet) {
	network, ok := s.networks[0].(engine.Sweeper)
	if !ok {
		return
	}
	for _, c := range f.processes {
		if name := endpointOf(c.driver); name != "" && c.wasStruck() {
			if err := network.Sweep(name); err != nil {
				s.leak(fmt.Sprintf("file: what endpoint %s left when it was killed could not be removed: %v", name, err))
			}
		}
	}
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

// childEnviron is what every child needs in its environment: the mark, and no second of waiting
// at the end of a race-checked child.
func childEnviron(scenario string) []string {
	return []string{childmark.Env + "=" + engine.Printable(scenario),
		"GORACE=" + strings.TrimSpace(os.Getenv("GORACE")+" "+childmark.QuietRace)}
}

// markArg is the last argument of a child.
func markArg(driver, scenario string) string {
	return engine.Printable(fmt.Sprintf("%s%s,scenario=%s", childmark.Arg, driver, scenario))
}
