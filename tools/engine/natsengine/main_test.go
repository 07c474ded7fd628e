package natsengine_test

import (
	"os"
	"slices"
	"testing"

	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: append(outages, meeting), Engines: slices.Concat(both(cluster), both(single), both(guarded))})
	os.Exit(m.Run())
}
