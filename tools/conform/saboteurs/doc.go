// Package saboteurs is what the conformance scenarios are tested with: backends
// that each have one defect, over an endpoint and a transport that are correct.
// Every one of them is killed: a scenario whose rule is the one broken fails on it,
// with a report that says so. A scenario set that lets one of them live would let
// the same defect live in somebody's transport. The other way round, every scenario
// kills one: where none does, nobody has seen that the scenario can fail.
//
//	for _, s := range saboteurs.All() {
//		r := runner.Runner{Engine: engine.OnGoroutines(s.Backend)}
//		report := r.Run(ctx, scenario) // scenario.Name is s.KilledBy
//		// report.Verdict is runner.Failed, and report.Failures[0] matches s.First.
//	}
//
// A defect is a frame filter on the connections of a transport, a wrapper of
// connections or listeners, a wrapper of endpoints, or an option that no endpoint
// should have. Frame filters count frames, so that they do the same each time; where
// a defect is one of time, it is by far longer than a driver needs to see it.
//
// [Awkward] is the other half: backends that are correct and strange, on which every
// scenario has to pass.
//
// The page docs/saboteurs.md shows which scenario kills which saboteur. A test keeps
// it true.
package saboteurs
