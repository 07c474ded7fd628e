// Package tcp carries connections over TCP, plain or with TLS.
//
//	plain := tcp.Transport{}
//	secure := tcp.Transport{TLS: tcp.Mutual(certificate, authorities)}
//
// An address is host:port. With port 0 the system chooses, and Endpoint.Addr returns its
// choice. Plain TCP checks nobody: anybody who reaches the port may connect. Use it on
// loopback and on networks that you trust as a whole. With TLS both sides show a
// certificate. A peer without one that your authorities signed is refused before the bus
// reads a byte.
//
// # Liveness
//
// A connection ends if the other side's process ends, which its kernel reports at once, or
// if its machine or the network goes away, which nobody reports. A process that is only
// stopped or busy is never given up, no matter how long that lasts and how much waits for
// it, because its kernel still answers.
//
// After Idle of silence the kernel sends a probe, then one every Interval, and gives up
// after Count probes. Data that nobody acknowledges ends the connection in the same time.
// Bound returns that time, 4 s by default. Data sent just after the network has gone may
// take up to one Interval longer.
//
// All this holds on Linux from 5.4 on, where a connection gives its kernel no more data
// than the other side's window has room for. On older kernels and other systems, too, a
// stopped process is not given up, and keep-alives watch idle connections in the same way.
// But data that is under way when the network goes ends the connection in the system's own
// time, which may be many minutes.
package tcp
