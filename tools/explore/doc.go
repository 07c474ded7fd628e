// Package explore runs a scenario in many orders, and finds one in which it fails.
//
// Each run is on the engine virtual, which takes one step at a time: a driver starts an
// action, a message arrives, a handler begins. A schedule is the order of these steps. Explore
// tries random schedules, schedules with few changes of priority (PCT), and all schedules that
// depart from the default one in few steps. It replays the first one that fails, and shrinks
// it to the departures that matter.
//
//	func TestMain(m *testing.M) { runner.Main(m, mine) }
//
//	func TestOrders(t *testing.T) { explore.Test(t, mine[0], explore.Options{}) }
package explore
