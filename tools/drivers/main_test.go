package drivers_test

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: passing}, runner.Suite{Scenarios: failingScenarios()})
	os.Exit(m.Run())
}

// Tick, Ping and Pong are the events of these tests.
type Tick struct{ N int }

// Ping asks for a Pong.
type Ping struct {
	lahja.Expects[Pong]
	N int
}

// Pong answers a Ping.
type Pong struct{ N int }
