package main

import (
	"path/filepath"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

var suite = conform.Suite{Backends: []engine.Backend{&transports.Backend{
	BackendName: "loopback",
	New:         func() p2p.Transport { return loopback{} },
	Address:     func(dir, name string) string { return filepath.Join(dir, name+".port") },
	Has:         []engine.Capability{engine.RawConnections},
}}}

func main() { command.Main(suite.Runner()) }
