//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
)

// listener is a socket that knows its file, and which peers are allowed.
type listener struct {
	*net.UnixListener
	path      string
	file      os.FileInfo
	transport Transport
	closed    sync.Once
	closeErr  error
}

// Accept returns the next connection. The connection of a peer that is not allowed has a
// method Refused() error, which returns the reason. Nothing can be read from it; close it.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.AcceptUnix()
	if err != nil {
		return nil, err
	}
	why := l.transport.check(conn)
	if why == nil {
		return conn, nil
	}
	if log := l.transport.Logger; log != nil {
		log.Warn("unix: a connection was refused", "path", l.path, "error", why)
	}
	return refused{conn, why}, nil
}

// refused is the connection of a peer that is not allowed. It can be told so.
type refused struct {
	net.Conn
	why error
}

// Refused returns why the peer is not allowed; see p2p.Transport.
func (c refused) Refused() error { return c.why }

// Read fails: what the peer says is ignored.
func (c refused) Read([]byte) (int, error) {
	return 0, fmt.Errorf("unix: the process that connected is not allowed: %w: %w", fs.ErrPermission, c.why)
}

// Close stops listening and removes the socket's file, unless something else is there now.
func (l *listener) Close() error {
	first := false
	l.closed.Do(func() {
		first = true
		// The file goes first: as long as the socket listens, no other
		// listener takes the path over, so that what is removed is ours. Its
		// inode is not given to another file either while the socket lives.
		l.closeErr = errors.Join(l.unlink(), l.UnixListener.Close())
	})
	if !first {
		return fmt.Errorf("unix: the listener at %q: %w", l.path, net.ErrClosed)
	}
	return l.closeErr
}

func (l *listener) unlink() error {
	now, err := os.Lstat(l.path)
	if err == nil && os.SameFile(l.file, now) {
		err = os.Remove(l.path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unix: removing the socket: %w", err)
	}
	return nil
}
