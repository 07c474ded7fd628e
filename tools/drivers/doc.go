// Package drivers declares what several endpoints do together, as data.
//
// A [Scenario] is a name, the rule it protects, and a function that builds its
// drivers. A [Driver] is one initializer followed by actions; it drives one
// endpoint. Checkpoints line drivers up.
//
//	drivers.Scenario{
//		Name: "broadcast/client-to-server",
//		Rule: "an event broadcast by a client reaches a server that waits for it",
//		Drivers: func(env *drivers.Env) []*drivers.Driver {
//			server := env.Config("server")
//			return []*drivers.Driver{
//				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Tick]()),
//				drivers.New(drivers.RunEndpoint("client"),
//					drivers.ConnectToEndpoints(server),
//					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
//			}
//		},
//	}
//
// Building drivers has no side effects: where drivers are processes, every child
// builds the whole scenario again and runs one driver of it. So functions that
// drivers call may be closures, but what one driver changes another one never
// sees. Values travel within a driver through a [Slot], to the test through
// [Result] and [Scope.Result], and between drivers as events.
//
// # Before the run
//
// [Scenario.Vet] reports what the plan alone shows to be wrong: an endpoint that no driver
// opens, a type that no driver sends or subscribes to, an action on a closed endpoint, a
// checkpoint that can never be complete. A function may do anything, so nothing is
// reported that it could supply; [Opaque] says what it does. A function that runs only
// once the mistake is passed, or only with an event that never comes, supplies nothing.
// Vet also reports a broadcast or a request that may come before anybody has subscribed,
// which fails when it does. It does not look at what stands under [Throws]. [Stuck] looks
// for missing events and subscriptions in a run that stands still.
//
// # Time
//
// Every action has a timeout (the driver's, or the run's, 5 s by default, 20 s in a
// program built with -race). Actions
// made of others give each of them its own. [Within] sets another bound, and is
// the only timeout that [Throws] accepts.
//
// # Processes
//
// A driver must not end its process. On a subprocess engine that is a failure like
// any other; on a goroutine engine the process is the test's own, and nothing is
// left to tell.
//
// # Assertions
//
// Functions that an action calls get a [Scope], which is a Gomega: s.Expect(x)
// fails this action of this driver, on every engine. The global Expect of a test
// package must not be used there: in a child process there is no test to fail.
//
// A function that needs goroutines starts them with [Scope.Go]: the action waits for
// them, and a failure in one of them is the action's. An assertion on a goroutine that a
// go statement started ends the process, with a text that says so.
package drivers
