package saboteurs

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	"github.com/lahja/go-lahja/lahja/p2p"
)

// leavesSockets is a transport over Unix sockets whose listeners leave their files
// behind.
type leavesSockets struct{ p2p.Transport }

func (t leavesSockets) Listen(ctx context.Context, path string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, path)
	if err != nil {
		return nil, err
	}
	return leavesSocket{l, path}, nil
}

type leavesSocket struct {
	net.Listener
	path string
}

func (l leavesSocket) Close() error {
	// Where it is not, it is not removed.
	away := l.path + ".away"
	if err := os.Rename(l.path, away); err != nil {
		return l.Listener.Close()
	}
	return errors.Join(l.Listener.Close(), os.Rename(away, l.path))
}

// missesSockets is a transport over Unix sockets whose listeners fail to close if their file has
// gone.
type missesSockets struct{ p2p.Transport }

func (t missesSockets) Listen(ctx context.Context, path string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, path)
	if err != nil {
		return nil, err
	}
	return missesSocket{l, path}, nil
}

type missesSocket struct {
	net.Listener
	path string
}

func (l missesSocket) Close() error {
	_, err := os.Lstat(l.path)
	return errors.Join(l.Listener.Close(), err)
}

// opensSockets is a transport over Unix sockets to which everybody may connect.
type opensSockets struct{ p2p.Transport }

func (t opensSockets) Listen(ctx context.Context, path string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o666)
}

// usurpsSockets is a transport over Unix sockets that takes over a path even if somebody listens
// there.
type usurpsSockets struct{ p2p.Transport }

func (t usurpsSockets) Listen(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return t.Transport.Listen(ctx, path)
}

// shunsSockets is a transport over Unix sockets that refuses a path with a socket, even if nobody
// listens there.
type shunsSockets struct{ p2p.Transport }

func shunSockets(t p2p.Transport) p2p.Transport { return shunsSockets{t} }

func (t shunsSockets) Listen(ctx context.Context, path string) (net.Listener, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, &os.PathError{Op: "listen", Path: path, Err: syscall.EADDRINUSE}
	}
	return t.Transport.Listen(ctx, path)
}

// opensFiles is a transport that opens one file too many for every listener.
type opensFiles struct{ p2p.Transport }

func (t opensFiles) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	// No finalizer closes a bare descriptor.
	if _, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
