package natsengine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/tools/engine"
)

// Outages is the capability of a Backend whose drivers can stop servers.
const Outages engine.Capability = "server-outages"

// Servers stops and starts the servers of a run, also from another process.
type Servers interface {
	// StopServerOf stops the server to which the endpoint of that name connected
	// first. It fails where nobody is connected to it, as that would be no outage.
	StopServerOf(ctx context.Context, endpoint string) error
	// RestartServers starts those again that were stopped.
	RestartServers(ctx context.Context) error
}

// ServersOf is for drivers of a scenario that needs Outages.
func ServersOf(e engine.EngineAPI) (Servers, error) {
	if over, ok := e.(engine.OverNetwork); ok {
		if n, ok := over.Backing().(*network); ok && n.servers != nil {
			return n.servers, nil
		}
	}
	return nil, fmt.Errorf("engine %s has no servers that can be stopped; list natsengine.Outages in the scenario's Needs", e.Name())
}

// fleet is the servers of a run.
type fleet struct {
	mu      sync.Mutex
	servers []*natstest.Server
	stopped map[*natstest.Server]bool
}

func (b *Backend) start() (*fleet, error) {
	if b.Servers > 1 {
		if b.Host != "" {
			return nil, errors.New("a cluster listens on loopback; set Host or Servers, not both")
		}
		all, err := natstest.StartCluster(b.Servers)
		return &fleet{servers: all, stopped: map[*natstest.Server]bool{}}, err
	}
	one, err := natstest.Start(&server.Options{Host: b.Host})
	return &fleet{servers: []*natstest.Server{one}, stopped: map[*natstest.Server]bool{}}, err
}

// urls are where the servers are, with commas between them.
func (f *fleet) urls() string {
	all := make([]string, len(f.servers))
	for i, s := range f.servers {
		all[i] = s.URL()
	}
	return strings.Join(all, ",")
}

func (f *fleet) close() {
	for _, s := range f.servers {
		s.Close()
	}
}

// StopServerOf implements Servers.
func (f *fleet) StopServerOf(_ context.Context, endpoint string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.servers[turn(endpoint, len(f.servers))]
	if f.stopped[s] {
		return fmt.Errorf("the server of %s is stopped already", endpoint)
	}
	if s.NATS().NumClients() == 0 {
		return fmt.Errorf("nobody is connected to the server of %s, so that stopping it would touch nothing", endpoint)
	}
	s.Stop()
	f.stopped[s] = true
	return nil
}

// RestartServers implements Servers.
func (f *fleet) RestartServers(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.stopped {
		if err := s.Restart(); err != nil {
			return err
		}
		delete(f.stopped, s)
	}
	return nil
}

// turn is which of n servers an endpoint connects to first, the same in every
// process.
func turn(endpoint string, n int) int {
	hash := fnv.New32a()
	hash.Write([]byte(endpoint))
	return int(hash.Sum32() % uint32(n))
}

// turned lists the URLs from the endpoint's own on.
func turned(urls, endpoint string) string {
	all := strings.Split(urls, ",")
	i := turn(endpoint, len(all))
	return strings.Join(append(all[i:len(all):len(all)], all[:i]...), ",")
}
