// Package ginkgorunner makes Ginkgo specs of scenarios.
//
//	var _ = ginkgorunner.Specs(scenarios.All(), runner.Engines()...)
//
// makes one spec of every scenario on every engine. Its labels are the engine's
// name and the scenario's topic, its code location is the scenario's, and its
// timeout is the scenario's. While it runs, Ginkgo's progress reports say what
// every driver does; when it fails, the whole report is a report entry, and the
// failure's location is the line of the action that failed. A cleanup (DeferCleanup)
// fails the spec, as only it can give that line: look for the failure in
// DeferOnFailure or ReportAfterEach, since AfterEach comes before.
//
// The suite's TestMain calls runner.Dispatch first, for engines that start
// processes. Nothing else of this module imports Ginkgo.
package ginkgorunner
