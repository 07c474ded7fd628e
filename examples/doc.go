// Package examples holds programs to run first. Each has a folder, and its comment says how
// to run it and what it prints. The test of this package runs them all and compares.
//
// agent: no program, but a systemd unit and a container file for lahja agent.
//
// chat: two processes talk over a Unix socket. Both subscribe (a handler for every event)
// and stream (events taken one after the other). One of them waits, with Sync, until the
// other has handled everything.
//
// distributed: two programs on two machines, over TLS and through a NATS server.
//
// request: a request and its typed answer between two endpoints, and the error if nobody
// can answer, matched with errors.Is.
//
// scenario: your first scenario, with a checkpoint and an expected error. A command and a
// test run it, as goroutines and as processes.
//
// transport: your own transport in 60 lines. It runs the conformance scenarios on both
// kinds of engine.
//
// implementation: your own EndpointAPI, without any connection. It runs the conformance
// scenarios.
//
// testdata/othermodule: a module that depends on this one: events in a package, a scenario,
// a command and a test. Copy it to start yours.
package examples
