// Package drivers declares what several endpoints do together, as data.
//
// A [Scenario] is a name, the rule it protects, and its drivers. A [Driver] drives one
// endpoint: it is one initializer followed by actions.
//
//	var toServer = d.Case("broadcast/client-to-server",
//		"an event broadcast by a client reaches a server that waits for it",
//		d.New(d.ServeEndpoint("server"),
//			d.Receives(Tick{N: 1}).From("client")),
//		d.New(d.RunEndpoint("client"),
//			d.ConnectToEndpoints("server"),
//			d.WaitAnyThenBroadcast(Tick{N: 1})))
//
// The name of an endpoint is enough: the engine knows where it listens, and a driver that
// connects waits until the other one listens. Endpoints stay open until every driver has
// finished its actions; a driver that has to leave earlier ends with [ShutdownEndpoint],
// [CloseEndpoint] or [Crash].
//
// Drivers line up at checkpoints, where all wait for each other ([Checkpoint]), and through
// signals, which one side sends and the other awaits ([Signal], [Await]).
//
// What is expected stands at the action that receives it: [One] and [Many] have the methods.
//
// [Case] and [Table] declare scenarios as data alone. A scenario with a Drivers function makes
// its drivers anew for each run; it may use what differs from run to run ([Env]). Building
// drivers has no side effects. If drivers are processes, every child builds the whole
// scenario again and runs one driver of it. So the functions that drivers call may be
// closures, but no driver sees what another one changes. Values travel within a driver
// through a [Slot], to the test through [Result] and [Scope.Result], and between drivers
// as events.
//
// # Before the run
//
// [Scenario.Vet] reports mistakes that the plan alone shows: an endpoint that no driver
// opens, a type that no driver sends or subscribes to, an action on a closed endpoint, a
// checkpoint that can never complete. It also reports a broadcast or a request that may
// come before anybody has subscribed, and would then fail.
//
// A function may do anything, so Vet reports nothing that a function could supply. Use
// [Opaque] to declare what it does. A function that runs only after the mistake, or only
// with an event that never comes, supplies nothing. Vet ignores everything inside
// [Throws]. [Stuck] looks for missing events and subscriptions in a run that stands still.
//
// # Time
//
// Every action has a timeout: the driver's, or the run's (5 s by default, 20 s in a
// program built with -race). An action that contains others gives each of them its own.
// [Within] sets another timeout, and only that one satisfies [Throws].
//
// # Processes
//
// A driver must not end its process. On a subprocess engine that is an ordinary failure.
// On a goroutine engine it ends the test's own process, and nothing can report it.
//
// # Assertions
//
// A function that an action calls gets a [Scope], which is a Gomega: s.Expect(x) fails
// this action of this driver, on every engine. Do not use the global Expect of a test
// package there: in a child process it has no test to fail.
//
// Start goroutines with [Scope.Go]. The action waits for them, and fails if one of them
// fails. An assertion that fails on a goroutine of a go statement ends the process, with
// a text that says so.
package drivers
