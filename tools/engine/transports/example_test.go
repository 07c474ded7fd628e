package transports_test

import (
	"fmt"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// A backend on each transport of this module.
func Example() {
	for _, backend := range []engine.Backend{transports.Memory(), transports.Unix(), transports.TCP(), transports.TLS()} {
		fmt.Println(engine.OnGoroutines(backend).Name())
	}
	// Output:
	// goroutine+memory
	// goroutine+unix
	// goroutine+tcp
	// goroutine+tls
}

// A backend on a transport of your own, whose addresses are plain names.
func ExampleBackend() {
	mine := &transports.Backend{
		BackendName: "mine",
		New:         func() p2p.Transport { return memory.New() },
		OneProcess:  true,
	}
	fmt.Println(mine.Name(), mine.Capabilities().Has(engine.AcrossProcesses))
	// Output: mine false
}

// A transport whose addresses are host:port lets the system choose the ports.
func ExampleByName() {
	mine := &transports.Backend{
		BackendName: "mine",
		New:         func() p2p.Transport { return transports.ByName{Over: tcp.Transport{}} },
	}
	fmt.Println(mine.Name(), mine.Capabilities().Has(engine.AcrossProcesses))
	// Output: mine true
}
