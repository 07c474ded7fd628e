package main

import (
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

var backend = engine.OverTransport{
	BackendName: "loopback",
	New:         func() lahja.Transport { return loopback{} },
	Address:     func(dir, name string) string { return filepath.Join(dir, name+".port") },
	Has:         []engine.Capability{engine.RawConnections},
}

var suite = runner.Suite{
	Scenarios: scenarios.All(),
	Engines: []engine.Engine{
		engine.OnGoroutines(backend),
		engine.OnProcesses(backend),
	},
}

func main() { command.Main(suite) }
