// Package scenarios holds the conformance scenarios: what every implementation of
// lahja.EndpointAPI, on every transport, must do, as data.
//
//	runner.Dispatch(runner.Suite{Scenarios: scenarios.All(), Engines: mine})
//	runner.Test(t, scenarios.All(), mine...)
//
// Each topic has a file and a function that makes its table. The topic begins the names of its
// scenarios. Each scenario states the rule that it protects in one sentence, and it can fail: it
// counts what arrives, in which order and with which content. To show that something was not
// delivered, it synchronises with the sender; it never waits for time to pass. It draws
// content from the run's seed.
//
// Drivers share nothing but checkpoints and what they send to each other, so they run
// unchanged as goroutines or as processes. A driver keeps its endpoint open until all drivers
// have finished, unless it closes it itself.
package scenarios
