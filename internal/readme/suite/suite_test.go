package suite

import (
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/ginkgorunner"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: scenarios.All()})
	os.Exit(m.Run())
}

func TestSuite(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "lahja")
}

var _ = Describe("the bus", func() {
	ginkgorunner.Specs(scenarios.All(), engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix()))
})
