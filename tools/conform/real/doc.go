// Package real has four transports over other projects' libraries, and holds them to the
// contract of lahja.Transport: streams of yamux, of QUIC and of SSH, and WebSockets. Each
// stands in one file and is meant to be read. They are a module of their own, so that
// programs that use the bus do not link their libraries.
//
// yamux, QUIC and SSH carry many connections over one session. What that needs stands in
// mux.go: who dials a session, who ends it, and a Close that waits for nobody and still
// loses nothing.
package real
