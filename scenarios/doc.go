// Package scenarios holds the conformance scenarios: what every implementation
// of lahja.EndpointAPI, on every transport, has to do, as data.
//
//	runner.Dispatch(runner.Suite{Scenarios: scenarios.All(), Engines: mine})
//	runner.Test(t, scenarios.All(), mine...)
//
// There is a file and a table for each topic, and the topic begins the names of
// its scenarios. Each has the rule that it protects in one sentence, and can
// fail: it counts what arrives, in which order and with which content, and shows
// "not delivered" by synchronising with the sender, never by waiting for time to
// pass. Content is drawn from the run's seed.
//
// Drivers share nothing but checkpoints and what they send to each other, so
// that they run as goroutines or as processes without a change. A driver closes
// its endpoint after its last action; where others still need it, a checkpoint
// "done" holds it.
package scenarios
