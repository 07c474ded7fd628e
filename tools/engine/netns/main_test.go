package netns_test

import (
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	netnstest.Act()
	runner.Dispatch(runner.Suite{
		Scenarios: slices.Concat(scenarios.All(), outages, placement),
		Engines:   []engine.Engine{subprocess.On(onHub), subprocess.On(quick)},
	})
	os.Exit(m.Run())
}

var onHub = natsengine.At(netnstest.ServerURL)

// network makes hosts, or skips the test where that cannot be.
func network(t *testing.T) *netns.Network {
	t.Helper()
	return netnstest.Start(t, "east", "west")
}
