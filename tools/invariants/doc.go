// Package invariants checks what must be true of every run of a scenario, over the run's
// recording. A scenario names its invariants, and the runner checks them at the end of each run,
// on every engine:
//
//	drivers.Scenario{
//		Name: "shop/orders",
//		Invariants: append(invariants.Bus(),
//			invariants.Func("every order is stored", everyOrderIsStored),
//			invariants.Sometimes("the cache is cold", cacheIsCold)),
//		Drivers: …,
//	}
//
// An invariant is held, broken or undecided. A broken one fails the run and shows the events.
// One is undecided if the recording does not have what it needs: entries were lost because a
// driver recorded more than it keeps, an endpoint that no driver opens took part, or a search
// reached its bound. Undecided neither passes nor fails a run; the report says it.
//
// Every check reads the recording once, in memory proportional to the entries that are kept.
//
// Package linear checks registers and queues. It is a package of its own so that only its users
// link the search.
package invariants
