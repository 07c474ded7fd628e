// Package p2p implements lahja.EndpointAPI with a connection between each two endpoints, over
// any Transport: Unix sockets by default, TCP and TLS, memory, or your own.
//
// RunEndpoint opens an endpoint that connects to others. ServeEndpoint opens one that others
// can connect to as well. What is sent to a peer waits in a queue of its own, and one
// goroutine for each connection reads.
package p2p
