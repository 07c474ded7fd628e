// Command distributed has a library on one machine and a reader on another. The reader
// asks the library who wrote a book, over TLS or through a NATS server.
// docs/connecting.md shows how to run it, and the test of the examples runs exactly
// that, on hosts that are network namespaces.
//
//	go run ./examples/distributed
//
// prints
//
//	usage: distributed certificates DIR HOST...
//	       distributed server CONFIG
//	       distributed serve tls ADDRESS DIR | join tls ADDRESS DIR
//	       distributed serve nats URL | join nats URL
package main
