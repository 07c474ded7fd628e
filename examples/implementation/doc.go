// Command implementation has an implementation of lahja.EndpointAPI of its own, over
// lahja.Core: endpoints of one process that meet at an exchange, without any
// connection. As the exchange passes on one event after the other, it can do what
// endpoints over connections cannot: keep the order across senders.
//
//	go run ./examples/implementation conform
//
// puts it through the conformance scenarios and ends with
//
//	goroutine+exchange conforms: 159 passed, 0 failed, 51 unsupported, 0 known to fail
//
// The exchange is in exchange.go, the endpoint in endpoint.go; backend.go is what an
// engine needs to open such endpoints.
package main
