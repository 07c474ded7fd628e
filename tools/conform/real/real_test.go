package real_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/conform/real"
	"github.com/lahja/go-lahja/tools/engine"
)

// over is a backend whose addresses are files that say which port to dial.
func over(name string, transport func() lahja.Transport) engine.OverTransport {
	return engine.OverTransport{
		BackendName: name,
		New:         func() lahja.Transport { return engine.PortFiles{Over: transport()} },
		Address:     engine.PortFile,
		Has:         []engine.Capability{engine.RawConnections, engine.Takeover},
	}
}

func TestYamux(t *testing.T) {
	conform.Test(t, conform.Suite{Backends: []engine.Backend{over("yamux", func() lahja.Transport { return real.NewYamux() })}})
}
