// Package transports has the backends of point-to-point endpoints: those on the transports
// of this module, and [Backend], which is one on any transport.
//
//	e := engine.OnGoroutines(transports.TCP())
package transports
