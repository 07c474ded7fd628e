package bare

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

type transport struct{} // Anything that dials a net.Conn and listens for one.

func (transport) Dial(ctx context.Context, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", address)
}

func (transport) Listen(ctx context.Context, address string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "unix", address)
}

func TestConformance(t *testing.T) {
	conform.Test(t, conform.Suite{Backends: []engine.Backend{&transports.Backend{
		BackendName: "bare",
		New:         func() p2p.Transport { return transport{} },
		Address:     func(dir, name string) string { return filepath.Join(dir, name) },
		Has:         []engine.Capability{engine.RawConnections}, // Scenarios with bare connections run too.
	}}})
}
