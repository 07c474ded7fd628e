package bare

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

type transport struct{} // Whatever dials a net.Conn and listens for one.

func (transport) Dial(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", address)
}

func (transport) Listen(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "unix", address)
}

var backend = engine.OverTransport{
	BackendName: "bare",
	New:         func() lahja.Transport { return transport{} },
	Address:     func(dir, name string) string { return filepath.Join(dir, name) },
	Has:         []engine.Capability{engine.RawConnections}, // Scenarios with bare connections run too.
}

var engines = []engine.Engine{
	engine.OnGoroutines(backend),
	engine.OnProcesses(backend),
}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios.All(), Engines: engines})
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) { runner.Test(t, scenarios.All(), engines...) }
