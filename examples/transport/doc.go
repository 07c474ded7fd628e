// Command transport has a transport of its own, in transport.go, and puts it
// through the conformance scenarios, on goroutines and on processes.
//
//	go run ./examples/transport conform
//
// prints a table that begins with
//
//	SCENARIO                    goroutine+loopback  subprocess+loopback
//	broadcast/client-to-server  passed 2.49ms       passed 29.75ms
//
// and ends with a verdict on each:
//
//	goroutine+loopback conforms: 102 passed, 0 failed, 8 unsupported, 0 known to fail
//
// Unsupported are those that need something that this transport does not have, such
// as a socket's file; --report conformance.md says which, and what they need. The same
// is done by `go test ./examples/transport`, in transport_test.go.
package main
