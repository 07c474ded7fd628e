// Package natsengine is the backend of endpoints on a NATS server, for the
// engines. It is a package of its own so that package engine, and whoever uses
// it without NATS, does not link the server.
//
//	goroutines := engine.OnGoroutines(natsengine.NATS())
//	processes := subprocess.On(natsengine.NATS())
package natsengine
