// Command implementation implements lahja.EndpointAPI over core.Core: endpoints of one
// process that meet at an exchange, without any connection. The exchange passes on one
// event at a time, so it can do what endpoints over connections cannot: keep the order
// across senders.
//
//	go run ./examples/implementation conform
//
// runs the conformance scenarios on it and ends with
//
//	goroutine+exchange conforms: 159 passed, 0 failed, 51 unsupported, 0 known to fail
//
// The exchange is in exchange.go, the endpoint in endpoint.go. An engine opens such
// endpoints through backend.go.
package main
