// Package saboteurs tests the conformance scenarios with backends that each have one
// defect, over an endpoint and a transport that are correct. Every saboteur is killed: a
// scenario that protects the broken rule fails on it, with a report that says so. If the
// scenarios let a saboteur live, they would let the same defect live in your transport.
// Conversely, every scenario kills one. If it kills none, nobody has seen that it can fail.
//
//	for _, s := range saboteurs.All() {
//		r := runner.Runner{Engine: engine.OnGoroutines(s.Backend)}
//		report := r.Run(ctx, scenario) // scenario.Name is s.KilledBy
//		// report.Verdict is runner.Failed, and report.Failures[0] matches s.First.
//	}
//
// A defect is a frame filter on the connections of a transport, a wrapper of connections,
// listeners or endpoints, or an option that no endpoint should have. Frame filters count
// frames, so they do the same in every run. A defect of timing lasts far longer than a
// driver needs to see it.
//
// [Awkward] is the other half: backends that are correct but strange. Every scenario must
// pass on them.
//
// The page docs/saboteurs.md shows which scenario kills which saboteur. A test checks it.
package saboteurs
