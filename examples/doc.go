// Package examples holds programs to run first. Each is one folder, and its
// comment says how to run it and what it prints; the test of this package runs
// them all and holds their output against that.
//
// chat: two processes talk over a Unix socket. Both subscribe (a handler for
// every event) and stream (events taken one after the other), and one of them
// synchronises with the other before it goes on.
//
// distributed: two programs on two machines, over TLS and through a NATS server.
//
// request: a request and its typed answer between two endpoints, and the error
// for want of anybody who answers, matched with errors.Is.
//
// scenario: a first scenario of one's own, with a checkpoint and an expected
// error, run by a command and by a test, as goroutines and as processes.
//
// transport: a transport of one's own in 60 lines, put through the conformance
// scenarios on both kinds of engine.
//
// implementation: an EndpointAPI of one's own, without any connection, put through
// the conformance scenarios.
//
// testdata/othermodule: a module of its own that depends on this one: events in a
// package, a scenario, a command and a test. It is a start for yours.
package examples
