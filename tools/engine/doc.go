// Package engine runs drivers and opens their endpoints.
//
// An [Engine] is composed of how drivers run (as goroutines of this process, as
// processes of their own) and a [Backend] (which endpoint implementation, over
// which transport). The runner opens a [Session] of it for every run; what
// drivers see of the session is [EngineAPI].
//
//	memory  := engine.Goroutine{Backend: engine.Memory()}
//	unix    := engine.Subprocess{Backends: []engine.Backend{engine.Unix()}}
//	session, err := memory.Open(ctx, site)
//	errs := session.RunDrivers(ctx, run)
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
// by name. A figure is held to what it says by the scenarios that need it.
//
// # Children
//
// A subprocess driver is this binary started again. The child's end of a socket
// pair is its file descriptor 3: JSON records, one a line, in both directions.
// It is also the lifeline: when it closes, the child ends. A child has finished
// only with exit code 0 and a completion record; anything else is a failure that
// says which of the two is missing and where the driver stood.
package engine
