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

// Transport is a lahja.Transport. The zero value is ready to use, and safe for
// concurrent use.
type Transport struct {
	// CheckPeer decides whether the process on the other side of a connection,
	// accepted or dialled, may be there. An error ends the connection: from an
	// accepted one nothing can be read, and an endpoint tells the dialler the error's
	// text; a dialled one fails Dial with the error and fs.ErrPermission. Pid is 0 where it is not known. Where the
	// kernel is not asked (see the package) Listen and Dial fail, with
	// errors.ErrUnsupported, rather than go without the check.
	//
	// nil admits processes of this process's effective user, and of root; where
	// the kernel is not asked, whoever the socket's mode lets in.
	CheckPeer func(uid, gid, pid int) error
	// Logger gets a warning for each connection that is refused. nil is silence.
	Logger *slog.Logger
}

// Dial connects to the socket at path. Where nobody listens it fails at once
// (ENOENT or ECONNREFUSED); where the listener's backlog is full it tries again
// until ctx ends. A path that cannot be a socket's wraps fs.ErrInvalid, as does a
// CheckPeer that cannot be called; a peer that may not be there fs.ErrPermission.
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
		return nil, fmt.Errorf("unix: whoever listens at %q may not be the peer: %w: %w", path, fs.ErrPermission, err)
	}
	return conn, nil
}

// dial connects. On Linux a full backlog is EAGAIN rather than a wait.
func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	var dialer net.Dialer
	var full error // the last attempt's, if it was that
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
