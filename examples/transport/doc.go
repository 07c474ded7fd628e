// Command transport has its own transport, in transport.go, and runs the conformance
// scenarios over it, on goroutines and on processes.
//
//	go run ./examples/transport conform
//
// prints a table that begins with
//
//	               a b
//	transport  10  . .
//	broadcast  13  . .
//
// and ends with a verdict on each engine:
//
//	goroutine+loopback conforms: … passed, 0 failed, … unsupported, 0 known to fail
//
// Unsupported scenarios need something that this transport does not have, such as a
// socket's file; --report conformance.md lists them, and what they need. In
// transport_test.go, `go test ./examples/transport` does the same.
package main
