package engine

import (
	"context"
	"log/slog"
	"net"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine/internal/goroutines"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// Profiler labels of a driver's goroutine, inherited by all that it starts.
const (
	// LabelRun holds Assignment.RunID.
	LabelRun = "lahja.run"
	// LabelDriver holds the driver's name.
	LabelDriver = "lahja.driver"
)

// OnGoroutines is the engine that runs drivers as goroutines of this process,
// whose endpoints are the backend's.
func OnGoroutines(backend Backend) Engine { return Goroutine{Backend: backend} }

// Goroutine is the engine that runs drivers as goroutines of this process.
type Goroutine struct {
	Backend Backend
}

// Name implements Engine.
func (g Goroutine) Name() string { return "goroutine+" + g.Backend.Name() }

// Capabilities implements Engine.
func (g Goroutine) Capabilities() Capabilities {
	all := g.Backend.Capabilities().With(SharedMemory)
	if orphans.Supported {
		all = all.With(FindsDetached)
	}
	return all
}

// Requires implements Requirer: what its backend does.
func (g Goroutine) Requires() []Need { return Required(g.Backend) }

// Open implements Engine.
func (g Goroutine) Open(ctx context.Context, site Site) (Session, error) {
	network, err := g.Backend.Open(ctx, site)
	if err != nil {
		return nil, err
	}
	return OnNetwork(g, network, site.Logger), nil
}

// OnNetwork returns a session that runs drivers as goroutines of this process, with
// endpoints on the network: all drivers of a run, or the one of a child. It is named as the
// engine is, and can do what that can.
func OnNetwork(e Engine, network Network, logger *slog.Logger) Session {
	return &goroutineSession{Network: network, name: e.Name(), capabilities: e.Capabilities(), logger: logger}
}

// goroutineSession implements OnNetwork.
type goroutineSession struct {
	Network
	name         string
	capabilities Capabilities
	logger       *slog.Logger
	pool         goroutines.Pool
}

func (s *goroutineSession) Name() string               { return s.name }
func (s *goroutineSession) Capabilities() Capabilities { return s.capabilities }

func (s *goroutineSession) RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error) {
	return s.Network.RunEndpoint(ctx, name, options.logTo(s.logger))
}

func (s *goroutineSession) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error) {
	return s.Network.ServeEndpoint(ctx, config, options.logTo(s.logger))
}

func (s *goroutineSession) RunWithTimeout(ctx context.Context, timeout time.Duration, fn func(context.Context) error) error {
	return RunWithTimeout(ctx, timeout, ErrTimeout, s.pool.Run, fn)
}

func (s *goroutineSession) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

func (s *goroutineSession) RunDrivers(ctx context.Context, run Run) {
	defer s.pool.End()
	if len(run.Drivers) > 1 { // The one driver of a child was placed by its parent.
		Arrange(s.Network, run.Drivers)
	}
	var all sync.WaitGroup
	for i, driver := range run.Drivers {
		all.Go(func() {
			a := run.Assignment(i)
			s.drive(ctx, driver, a)
			a.Coordinator.Record(Record{Kind: RecordEnded, Time: time.Now()})
		})
	}
	all.Wait()
}

// drive runs one driver, with labels that all it starts inherit.
func (s *goroutineSession) drive(ctx context.Context, driver Driver, a Assignment) {
	pprof.Do(ctx, pprof.Labels(LabelRun, a.RunID, LabelDriver, driver.Name()), func(ctx context.Context) {
		driver.Drive(ctx, s, a)
	})
}

// Backing implements OverNetwork.
func (s *goroutineSession) Backing() Network { return s.Network }

// OverNetwork is offered by sessions that run drivers: what a backend of one's own
// can do besides is found there.
type OverNetwork interface {
	// Backing is the driver's network.
	Backing() Network
}

// Transport implements RawDialer where the backend has one.
func (s *goroutineSession) Transport() p2p.Transport { return rawTransport(s.Network) }

func rawTransport(n Network) p2p.Transport {
	if raw, ok := n.(RawDialer); ok {
		return raw.Transport()
	}
	return nil
}

// ListensAt is offered by the transport of a RawDialer that knows what its listeners in this
// process say of where they listen: often the socket beneath a transport.
type ListensAt interface {
	ListenAddrs() []net.Addr
}

// RawDialer is offered by sessions with the capability RawConnections.
type RawDialer interface {
	// Transport is what the session's endpoints connect over. What is opened on
	// it and not closed is reported as left behind.
	Transport() p2p.Transport
}
