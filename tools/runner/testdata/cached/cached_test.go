// Package cached has a driver that reads what no parent of its process does.
package cached

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

var reads = []drivers.Scenario{{
	Name: "reads", Rule: "the file says that all is well",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.NoEndpoint("reader"), drivers.Do("read", func(context.Context, *drivers.Scope) error {
			data, err := os.ReadFile(os.Getenv("LAHJA_TEST_CACHED"))
			if err == nil && string(data) != "well" {
				err = fmt.Errorf("the file says %q", data)
			}
			return err
		}))}
	},
}}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: reads})
	os.Exit(m.Run())
}

func TestReads(t *testing.T) { runner.Test(t, reads, subprocess.On(transports.Unix())) }
