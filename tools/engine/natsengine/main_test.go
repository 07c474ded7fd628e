package natsengine_test

import (
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/tools/engine/natsengine"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	all := append(outages, meeting)
	for _, c := range faultcases.Crashes {
		all = append(all, c.Scenario)
	}
	runner.Dispatch(runner.Suite{Scenarios: all, Engines: slices.Concat(both(cluster), both(single), both(guarded), natsengine.Engines())})
	os.Exit(m.Run())
}
