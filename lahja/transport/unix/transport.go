//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"syscall"
)

// Transport is a p2p.Transport. The zero value is ready to use. It is safe for concurrent
// use.
type Transport struct {
	// CheckPeer decides whether the process on the other side of a connection, accepted or
	// dialled, is allowed. An error ends the connection. From an accepted connection
	// nothing is read, and the endpoint sends the dialler the error's text. A dialled one
	// fails Dial with the error and fs.ErrPermission. pid is 0 if it is not known. On
	// systems where the kernel cannot be asked (see the package documentation), Listen and
	// Dial fail with errors.ErrUnsupported rather than skip the check.
	//
	// If CheckPeer is nil, processes of this process's effective user and of root are
	// allowed. Where the kernel cannot be asked, the socket's mode alone decides.
	CheckPeer func(uid, gid, pid int) error
	// Logger receives a warning for each refused connection. Nil means none.
	Logger *slog.Logger
}

// Dial connects to the socket at path. If nobody listens, it fails at once (ENOENT or
// ECONNREFUSED). If the listener's backlog is full, it tries again until ctx ends. The
// error wraps fs.ErrInvalid if the path cannot be a socket's or CheckPeer cannot be called,
// and fs.ErrPermission if the peer is not allowed.
func (t Transport) Dial(ctx context.Context, path string) (net.Conn, error) {
	if err := errors.Join(checkPath(path), t.checkable()); err != nil {
		return nil, err
	}
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := t.check(conn); err != nil {
		_ = conn.Close() // it was never used
		return nil, fmt.Errorf("unix: the process that listens at %q is not allowed: %w: %w", path, fs.ErrPermission, err)
	}
	return conn, nil
}

// dial connects. On Linux a full backlog returns EAGAIN instead of waiting.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	var dialer net.Dialer
	var full error // the last attempt's error, if the backlog was full
	for pause := backoff(0); ; pause = pause.next() {
		conn, err := dialer.DialContext(ctx, "unix", path)
		switch {
		case err == nil:
			return conn.(*net.UnixConn), nil
		case errors.Is(err, syscall.EAGAIN):
			full = err
			_ = pause.wait(ctx) // asked for below
			err = context.Cause(ctx)
		case full == nil:
			return nil, err
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case !errors.Is(err, context.DeadlineExceeded): // the dialer may see the deadline pass before ctx does
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("unix: the backlog of the listener at %q stays full: %w: %w", path, full, err)
		}
	}
}
