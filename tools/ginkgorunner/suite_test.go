package ginkgorunner_test

import (
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/ginkgorunner"
	"github.com/lahja/go-lahja/tools/internal/defective"
	"github.com/lahja/go-lahja/tools/runner"
)

// failEnv makes the suite hold scenarios that fail, for TestFailingSuite.
const failEnv = "LAHJA_TEST_FAILING_SUITE"

// untestedEnv makes it the conformance suite in which an engine passes nothing, for
// TestEngineOnWhichNothingPasses.
const untestedEnv = "LAHJA_TEST_UNTESTED"

type tick struct{ N int }

var sending = drivers.Scenario{
	Name: "topic/passes",
	Rule: "an event reaches who waits for it",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.Receives(tick{N: 3})),
			drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(server), drivers.WaitAnyThenBroadcast(tick{N: 3})),
		}
	},
}

// failingLine is the line above that of the action which fails.
var failingLine int

var failing = []drivers.Scenario{
	{
		Name: "topic/fails",
		Rule: "somebody sends a tick",
		Drivers: func(*drivers.Env) []*drivers.Driver {
			_, _, failingLine, _ = runtime.Caller(0)
			return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"), drivers.Within(300*time.Millisecond, drivers.Opaque(drivers.WaitFor[tick]())))}
		},
	},
	{
		Name:  "other/needs-much",
		Rule:  "an engine can do what none can",
		Needs: []engine.Need{engine.Capability("time-travel")},
		Drivers: func(*drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"))}
		},
	},
}

// hangEnv has the specs hang, on engines whose time is the system's. On another one, the scenario's own
// time is up first.
const hangEnv = "LAHJA_TEST_HANG"

var hanging = drivers.Scenario{
	Name: "topic/hangs",
	Rule: "this never ends",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{drivers.New(drivers.RunEndpoint("alone"), drivers.Within(time.Hour, drivers.Opaque(drivers.WaitFor[tick]())))}
	},
}

func suite() []drivers.Scenario {
	if os.Getenv(hangEnv) != "" {
		return []drivers.Scenario{hanging}
	}
	if os.Getenv(failEnv) != "" {
		return append([]drivers.Scenario{sending}, failing...)
	}
	return []drivers.Scenario{sending}
}

func TestMain(m *testing.M) {
	runner.Dispatch(runner.Suite{Scenarios: suite()})
	os.Exit(m.Run())
}

func TestSpecs(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.RunSpecs(t, "ginkgorunner")
}

var _ = specs()

// specs are those of the suite, or of a backend that conforms to nothing.
func specs() bool {
	if os.Getenv(untestedEnv) != "" {
		return ginkgorunner.Conformance(conform.Suite{Backends: []engine.Backend{transports.Memory(), defective.Unwritten()},
			Known: []runner.KnownFailure{{Scenario: "*", Engine: "*+unwritten", Reason: "not written yet"}}})
	}
	if os.Getenv(exploreEnv) != "" {
		return ginkgorunner.Explore([]drivers.Scenario{sending, overtaken}, explore.Options{Schedules: 200})
	}
	if os.Getenv(hangEnv) != "" {
		return ginkgorunner.Specs(suite(), hangingEngines()...)
	}
	return ginkgorunner.Specs(suite())
}

// hangingEngines are those on which a scenario can hang.
func hangingEngines() []engine.Engine {
	return slices.DeleteFunc(runner.Engines(), func(e engine.Engine) bool {
		_, own := e.(engine.OwnTime)
		return own
	})
}

// exploreEnv has the suite explore scenarios, for TestExplore.
const exploreEnv = "LAHJA_TEST_EXPLORE"

// overtaken passes only if a is first.
var overtaken = drivers.Case("topic/overtaken", "the tick of a is the first one",
	drivers.New(drivers.ServeEndpoint("server"), drivers.Receives(tick{N: 1}).From("a")),
	drivers.New(drivers.RunEndpoint("a"), drivers.ConnectToEndpoints("server"), drivers.WaitAnyThenBroadcast(tick{N: 1})),
	drivers.New(drivers.RunEndpoint("b"), drivers.ConnectToEndpoints("server"), drivers.WaitUntilAnyEndpointSubscribedTo[tick](),
		drivers.Broadcast(tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})))
