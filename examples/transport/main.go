// Command transport has a transport of its own, in transport.go, and puts it
// through the conformance scenarios, on goroutines and on processes.
//
//	go run ./examples/transport run --engine '*+loopback'
//
// prints a table that begins with
//
//	SCENARIO                    goroutine+loopback  subprocess+loopback
//	broadcast/client-to-server  passed 2.49ms       passed 29.75ms
//
// and ends with how many passed. Unsupported are those that need something that
// this transport does not have, such as a socket's file. The same is done by
// `go test ./examples/transport`, in transport_test.go.
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
		engine.Goroutine{Backend: backend},
		engine.Subprocess{Backends: []engine.Backend{backend}},
	},
}

func main() { command.Main(suite) }
