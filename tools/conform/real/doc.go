// Package real has four transports over other projects' libraries (streams of yamux, QUIC
// and SSH, and WebSocket), and tests them against the contract of p2p.Transport. Each is
// one file, and meant to be read. They are a module of their own, so that programs that use
// the bus do not link their libraries.
//
// yamux, QUIC and SSH carry many connections over one session. mux.go has what they share:
// it dials sessions, ends them, and provides a Close that waits for nobody and still loses
// nothing.
package real
