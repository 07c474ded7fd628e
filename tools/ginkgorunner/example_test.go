package ginkgorunner_test

import (
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/ginkgorunner"
	"github.com/lahja/go-lahja/tools/runner"
)

// A spec for each scenario on each engine. At the top of a file write var _ = ginkgorunner.Specs(…).
// The label "order" then selects a topic: ginkgo --label-filter=order.
func ExampleSpecs() {
	ginkgorunner.Specs(scenarios.All(), engine.OnGoroutines(transports.Memory()))
}

// Settings are those of a Runner: here each spec also says what it passed by luck.
func ExampleSpecsWith() {
	ginkgorunner.SpecsWith(runner.Runner{Races: true}, scenarios.All(), runner.Engines()...)
}

// The conformance kit for a backend, as specs.
func ExampleConformance() {
	ginkgorunner.Conformance(conform.Suite{Backends: []engine.Backend{transports.TCP()}})
}

// A spec that looks for an order of events in which the scenario fails.
func ExampleExplore() {
	ginkgorunner.Explore([]drivers.Scenario{sending}, explore.Options{Schedules: 500})
}
