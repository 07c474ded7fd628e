// Package natstest runs a NATS server within the process, for tests of programs that use
// natsbus. It is a separate package, so that programs which only use NATS do not link the
// server.
//
//	server, err := natstest.Start(nil)
//	defer server.Close()
//	ep, err := natsbus.RunEndpoint(ctx, "client", &natsbus.Options{URL: server.URL()})
package natstest
