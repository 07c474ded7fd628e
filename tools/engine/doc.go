// Package engine runs drivers and opens their endpoints.
//
// An [Engine] is composed of how drivers run (as goroutines of this process, as
// processes of their own) and a [Backend] (which endpoint implementation, over
// which transport). The runner opens a [Session] of it for every run; what
// drivers see of the session is [EngineAPI].
//
//	memory := engine.OnGoroutines(transports.Memory())
//	unix   := subprocess.On(transports.Unix())
//	session, err := memory.Open(ctx, site)
//	session.RunDrivers(ctx, run)
//
// The package holds the contract and the engine on goroutines. Package subprocess is the
// engine on processes, and packages transports and natsengine have backends.
//
// The package knows neither scenarios nor how a driver is written: it owns only
// the small interfaces that it runs. [Driver] is a Stringer with Drive,
// [Coordinator] is what drivers of one run share, [Record] is one entry of the
// stream that is at once the control protocol between processes, the live
// progress and the source of the report, and [Launch] is opaque: what a child
// process needs to build its driver again.
//
// # Capabilities
//
// Not every engine can do everything, or to the same measure. A backend says what it
// can (a set: socket files, backpressure; with figures: how large a payload, how soon
// a death is noticed), a scenario what it needs, and what does not fit is unsupported,
// by name. A figure is held to what it says by the scenarios that need it. What a whole
// engine needs of the system it says too ([Requirer]).
//
// # Optional interfaces
//
// The runner and drivers look for these with a type assertion. An engine may implement:
//
//   - [OwnTime]: its clock is not the system's
//   - [Requirer]: some systems cannot run it
//   - [Optioned]: reports name its options
//   - [ProcessEngine]: its drivers are processes
//   - [TakesArgs]: it hands arguments to its children
//   - [Actor]: a process can work for it as an agent
//
// A backend may be a [Requirer] too, and [Proxied]: a proxy can stand between its endpoints.
//
// A session may implement:
//
//   - [Idler]: it knows whether something is about to happen
//   - [Scheduler]: it decides who goes on
//   - [Placer]: scenarios choose the machines of its drivers
//   - [FaultInjector]: it makes network faults
//   - [Crasher]: it crashes drivers and starts them again
//   - [Pauser]: it has drivers stand still
//   - [OverNetwork]: it has a backend, which drivers can reach
//   - [RawDialer]: drivers can open connections without an endpoint
//
// If drivers are processes, their coordinators are the FaultInjector, the Crasher, the Pauser
// and a [Reaper], which waits until killed processes have ended.
//
// A network may be an [Arranger], which is told the endpoints of a scenario in their order, a
// RawDialer, and a [Sweeper], which removes the files of a killed endpoint. A
// transport may be [Named], if each endpoint shows who it is, and [ListensAt], if it knows the
// addresses of its listeners.
//
// # Children
//
// An engine whose drivers are processes is a [ProcessEngine], and the runner asks it no
// more than that. Each driver's process, a [Child], is this program started again. It finds
// its engine by name, so one name must be one engine: two that are not [Same] are refused.
// Package subprocess has one; tools/internal/foreign has a smaller one, which uses nothing
// that yours could not.
package engine
