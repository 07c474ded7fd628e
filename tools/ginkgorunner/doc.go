// Package ginkgorunner turns scenarios into Ginkgo specs.
//
//	var _ = ginkgorunner.Specs(scenarios.All(), runner.Engines()...)
//
// makes one spec for every scenario on every engine. A spec has the engine's name and
// the scenario's topic as labels, and the scenario's code location and timeout. While it
// runs, Ginkgo's progress reports show what every driver does. If it fails, the whole
// report is a report entry, and the failure is on the line of the failed action. Only a
// cleanup (DeferCleanup) can set that line, so the spec fails in one: look for the failure
// in DeferOnFailure or ReportAfterEach, because AfterEach runs before it.
//
// The suite's TestMain calls runner.Dispatch first, for engines that start processes. No
// other package of this module imports Ginkgo.
package ginkgorunner
