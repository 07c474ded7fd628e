package bridged_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/bridged"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	netnstest.Act()
	for _, b := range []*apart{twoBridges, outageBridges} {
		if os.Getenv(bridgeEnv) != b.name {
			continue
		}
		if err := beBridge(b); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	runner.Dispatch(runner.Suite{
		Scenarios: slices.Concat(scenarios.All(), outages),
		Engines:   append(bridged.Engines(), subprocess.On(twoBridges), subprocess.On(outageBridges)),
	})
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
