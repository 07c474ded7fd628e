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

// listener is a socket that knows its file, and whom to let in.
type listener struct {
	*net.UnixListener
	path      string
	file      os.FileInfo
	transport Transport
	closed    sync.Once
	closeErr  error
}

// Accept returns the next connection of a peer that may be there.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		err = l.transport.check(conn)
		if err == nil {
			return conn, nil
		}
		_ = conn.Close() // it was never used
		if log := l.transport.Logger; log != nil {
			log.Warn("unix: a connection was refused", "path", l.path, "error", err)
		}
	}
}

// Close stops listening and removes the socket's file, unless somebody has put
// something else there.
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
