// Package tcp carries connections over TCP, plain or with TLS.
//
//	plain := tcp.Transport{}
//	secure := tcp.Transport{TLS: tcp.Mutual(certificate, authorities)}
//
// An address is host:port. Port 0 lets the system choose, and Endpoint.Addr says
// what it chose. Plain TCP checks nobody: whoever reaches the port may connect, so
// it is for loopback and for networks that are trusted as a whole. With TLS both
// sides show a certificate, and who has none that the other's authorities signed is
// refused before the bus sees a byte.
//
// # Liveness
//
// A process that dies closes its connections, which its peers notice at once. A
// machine or a network that goes says nothing: there the kernel asks after Idle of
// silence, then every Interval, and gives up after Count questions; data that
// nobody acknowledges ends the connection in the same time (on Linux). Bound is
// that time: 4 s by default.
package tcp
