// Package plans draws scenarios at random, runs each on several engines, and fails
// where one does not pass or where what drivers see differs. What fails is made
// smaller, and printed as Go source for a table of scenarios.
//
//	func TestMain(m *testing.M) {
//		runner.Dispatch(runner.Suite{Scenarios: []drivers.Scenario{plans.Scenario}})
//		os.Exit(m.Run())
//	}
//
//	func TestRandomScenarios(t *testing.T) {
//		plans.Check(t, runner.Runner{}, engine.OnGoroutines(engine.Memory()), engine.OnGoroutines(mine))
//	}
//
// It runs a hundred plans; go test -rapid.checks 5000 runs more. Only tests should
// import the package, as rapid adds its flags to the program.
//
// # What a plan does
//
// Two to five endpoints connect as a hub, a chain, a mesh, or not at all at first. In
// one to four phases, endpoints restart or leave, connect, open and close streams,
// subscribe with handlers and unsubscribe, and serve requests; then all send at once,
// some of them from several goroutines: events of several types and sizes, with
// filters, internal ones, with and without subscribers, without waiting, requests to
// others and to themselves; they connect again where they may not, and ask who
// subscribes to what.
//
// # Why what is seen is determined
//
// Between the parts of a phase stand checkpoints. Subscriptions are known to all
// before anybody sends. Everybody has sent, and then synchronised, before anybody
// looks. What one endpoint sends of one type has one order; what handlers answer does
// not mix with what their endpoint sends of that type. So a model of a hundred lines
// says what arrives where, from whom and in which order, and drivers check it: a plan
// that passes nowhere is found as well as one that passes on one engine alone.
package plans
