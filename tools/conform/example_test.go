package conform_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// mine is the backend on a transport of your own.
var mine = &transports.Backend{
	BackendName: "mine",
	New:         func() p2p.Transport { return unix.Transport{} },
	Address:     func(dir, name string) string { return filepath.Join(dir, name) },
}

// One test function checks a transport with all scenarios, on goroutines and on processes. It
// needs no TestMain.
func ExampleTest() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		conform.Test(t, conform.Suite{Backends: []engine.Backend{mine}})
	}
}

// A backend between processes is run on two engines. A suite may have engines of its own besides.
func ExampleSuite() {
	suite := conform.Suite{
		Backends: []engine.Backend{mine},
		Engines:  []engine.Engine{engine.OnGoroutines(transports.Memory())},
	}
	for _, e := range suite.Runner().Engines {
		fmt.Println(e.Name())
	}
	// Output:
	// goroutine+mine
	// subprocess+mine
	// goroutine+memory
}

// While you mend a transport, run the one scenario that fails, with the suite's timeouts.
func ExampleSuite_RunSettings() {
	suite := conform.Suite{Backends: []engine.Backend{mine}}
	r := suite.RunSettings()
	r.Engine = engine.OnGoroutines(mine)
	for _, s := range suite.Runner().Scenarios {
		if s.Name == "order/one-sender" {
			fmt.Println(r.Run(context.Background(), s).Verdict)
		}
	}
	// Output: passed
}
