// Package plans draws random scenarios and runs each on several engines. A plan fails if
// it does not pass everywhere, or if drivers see different things. The package shrinks a
// failing plan and prints it as Go source for a table of scenarios.
//
//	func TestMain(m *testing.M) {
//		runner.Dispatch(runner.Suite{Scenarios: []drivers.Scenario{plans.Scenario}})
//		os.Exit(m.Run())
//	}
//
//	func TestRandomScenarios(t *testing.T) {
//		plans.Check(t, runner.Runner{}, engine.OnGoroutines(transports.Memory()), engine.OnGoroutines(mine))
//	}
//
// This runs a hundred plans; go test -rapid.checks 5000 runs more. Import the package only
// in tests, because rapid adds its flags to the program.
//
// # What a plan does
//
// Two to five endpoints connect as a hub, a chain, a mesh, or not at all at first. Then come
// one to four phases. In each, endpoints restart or leave, connect, open and close streams,
// subscribe with handlers and unsubscribe, and serve requests. Then all send at once, some
// from several goroutines: events of several types and sizes, with filters, internal ones,
// with and without subscribers, without waiting, and requests to others and to themselves.
// They also connect again where that is an error, and query subscriptions.
//
// # Why the outcome is determined
//
// Checkpoints separate the parts of a phase. Every endpoint knows all subscriptions before
// anybody sends. All endpoints have sent, and then synchronised, before anybody looks. Each
// endpoint sends its events of one type in one order, and answers of handlers do not mix
// with them. So a model of a hundred lines predicts what arrives where, from whom and in
// which order, and the drivers check it. This finds a plan that fails on every engine as
// well as one that passes on only one.
package plans
