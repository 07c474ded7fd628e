package bridged_test

import (
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/bridged"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios.All(), Engines: bridged.Engines()})
	os.Exit(m.Run())
}

func TestScenariosHoldOverABridge(t *testing.T) {
	all := scenarios.All()
	if testing.Short() || race.Factor > 1 {
		all = slices.DeleteFunc(all, func(s drivers.Scenario) bool { return len(s.Name)%4 != 0 }) // The bus is raced elsewhere.
	}
	for _, e := range bridged.Engines() {
		runner.Test(t, all, e)
	}
}
