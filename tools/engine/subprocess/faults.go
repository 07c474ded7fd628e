package subprocess

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/faultproxy"
)

// Inject implements engine.FaultInjector: the proxies of the parent make the fault.
func (c *child) Inject(ctx context.Context, f engine.Fault) error {
	_, err := c.call(ctx, message{Record: engine.Record{Kind: kindFault}, Fault: &f}, "make a "+f.String())
	return err
}

// Vacuous implements engine.FaultInjector. Only the parent knows.
func (*child) Vacuous() []engine.Fault { return nil }

// Inject implements engine.FaultInjector.
func (s *session) Inject(_ context.Context, f engine.Fault) error {
	if s.proxies == nil {
		return errors.New("no proxies stand between endpoints; list engine.NetworkFaults in the scenario's Needs")
	}
	return s.proxies.Inject(f)
}

// Vacuous implements engine.FaultInjector.
func (s *session) Vacuous() []engine.Fault {
	if s.proxies == nil {
		return nil
	}
	return s.proxies.Vacuous()
}

// openProxies puts proxies between the drivers' endpoints.
func (s *session) openProxies(drivers []engine.Driver) {
	bound := time.Duration(s.Capabilities()[engine.LivenessBound])
	s.proxies = faultproxy.New(s.engine.proxyNetwork(), s.dir, cmp.Or(bound, tcp.Transport{}.Bound()))
	s.endpoints = map[string]string{}
	for _, d := range drivers {
		if name := endpointOf(d); name != "" {
			s.endpoints[s.Config(name).Address] = name
		}
	}
}

// between names the two ends of a connection: the endpoint of the process that looks an address
// up, and the endpoint there.
func (s *session) between(by *process, address string) (from, to string) {
	from = cmp.Or(endpointOf(by.driver), by.driver.Name())
	return from, cmp.Or(s.endpoints[address], address)
}

// awaitPassage has a child that wants to dial wait until no partition is in its way.
func (s *session) awaitPassage(ctx context.Context, by *process, address string) {
	if s.proxies != nil {
		from, to := s.between(by, address)
		s.proxies.Pass(from, to, ctx.Done())
	}
}

// via is where a child dials to reach who listens at an address.
func (s *session) via(by *process, name, address string) (string, error) {
	if s.proxies == nil {
		return address, nil
	}
	from, to := s.between(by, name)
	return s.proxies.Via(from, to, func(ctx context.Context) (string, error) {
		listening, err := s.names.Lookup(ctx, name)
		return listening.Address, err
	})
}
