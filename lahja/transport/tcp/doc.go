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
// A connection ends when the other side's process has ended, which its kernel says at
// once, or when its machine or the network has gone, which nobody says. A process that
// only stands still (stopped, or busy) is never given up, however long it takes and
// however much waits for it: its kernel goes on answering.
//
// The kernel asks after Idle of silence, then every Interval, and gives up after Count
// questions; what nobody acknowledges ends the connection in the same time. Bound is
// that time, 4 s by default. Something that is sent just after the network has gone
// may take up to one Interval longer.
//
// All this holds on Linux, from 5.4 on, where a connection hands its kernel no more than
// the other side's window has room for. With an older kernel, and on other systems, a
// process that stands still is not given up either, and keep-alives watch idle
// connections in the same way. But something that is under way when the network goes
// ends a connection in the system's own time, which may be many minutes.
package tcp
