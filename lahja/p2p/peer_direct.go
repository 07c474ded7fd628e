package p2p

import (
	"net"

	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// direct returns a way to write to a connection without waiting. It is nil if there is
// none: the connection is not the system's, or is of a type that may change what is
// written.
func direct(conn net.Conn) sendq.TryWriter {
	conn = bareConn(conn)
	if w, ok := conn.(sendq.TryWriter); ok {
		return w
	}
	return sendq.Direct(conn)
}

// bareConn returns the connection that may be used instead of conn.
func bareConn(conn net.Conn) net.Conn {
	for c, ok := conn.(bare); ok; c, ok = conn.(bare) {
		conn = c.BareConn()
	}
	return conn
}
