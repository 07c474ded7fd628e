package sendq

import (
	"errors"
	"net"
	"syscall"
)

// Direct returns a way to write to a socket of the system's without waiting. It is nil for
// any other connection, whose type may change what is written.
func Direct(conn net.Conn) TryWriter {
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	}
	if raw == nil || err != nil || !canTryWrite {
		return nil
	}
	return newSocketWriter(raw)
}

// socketWriter is the TryWriter of a socket.
type socketWriter struct {
	raw   syscall.RawConn
	tries func(fd uintptr) bool // try
	bytes []byte
	n     int // how much of them was written
	err   error
}

func newSocketWriter(raw syscall.RawConn) *socketWriter {
	s := &socketWriter{raw: raw}
	s.tries = s.try
	return s
}

// TryWrite writes as much as there is room for.
func (s *socketWriter) TryWrite(b []byte) (n int, err error) {
	s.bytes, s.n, s.err = b, 0, nil
	tried := s.raw.Write(s.tries)
	s.bytes = nil
	if tried != nil {
		return s.n, errors.Join(s.err, tried)
	}
	return s.n, s.err
}
