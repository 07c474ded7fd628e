//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package unix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// Listen listens at path, whose directory must exist. If another listener is live there, it
// fails with syscall.EADDRINUSE. It replaces a socket file at which nobody listens. If
// something else is at the path, the path cannot be a socket's, or CheckPeer cannot be
// called, it fails with fs.ErrInvalid. ctx bounds the wait for others that start to listen
// in the same directory.
func (t Transport) Listen(ctx context.Context, path string) (net.Listener, error) {
	if err := errors.Join(checkPath(path), t.checkable()); err != nil {
		return nil, err
	}
	unlock, err := lockDirectory(ctx, filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := vacate(ctx, path); err != nil {
		return nil, err
	}
	ln, err := bind(path)
	if err != nil {
		return nil, fmt.Errorf("unix: listening at %q: %w", path, err)
	}
	// The process may change its directory before it closes the listener.
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path), ln.Close())
	}
	info, err := os.Lstat(absolute)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("unix: the socket just made: %w", err), ln.Close())
	}
	return &listener{UnixListener: ln, path: absolute, file: info, transport: t}, nil
}

// vacate makes sure that nothing is at path. The directory must be locked.
func vacate(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("unix: looking at the socket's path: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("unix: %w: %q exists and is not a socket (%s); use another path, or remove it",
			fs.ErrInvalid, path, info.Mode())
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = conn.Close() // it has shown that somebody is there
		return inUse(path)
	case errors.Is(err, syscall.ECONNREFUSED):
		// On Linux only a socket nobody listens at refuses. (On macOS and the
		// BSDs one whose backlog is full does as well.)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.EAGAIN):
		return inUse(path)
	default:
		return fmt.Errorf("unix: cannot tell whether somebody listens at %q, so it is not taken over: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unix: removing the socket that nobody listens at any more: %w", err)
	}
	return nil
}

func inUse(path string) error {
	return fmt.Errorf("unix: another listener is at %q: %w", path, syscall.EADDRINUSE)
}

// bind makes the socket and sets its mode before it listens. Nobody can connect before it
// listens, so there is no moment at which other users could.
func bind(path string) (*net.UnixListener, error) {
	fd, err := socket()
	if err != nil {
		return nil, err
	}
	// A listener of package net has a descriptor of its own.
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	ln, err := open(fd, path, file)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return ln, nil
}

func open(fd int, path string, file *os.File) (*net.UnixListener, error) {
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Listen(fd, syscall.SOMAXCONN); err != nil {
		return nil, os.NewSyscallError("listen", err)
	}
	ln, err := net.FileListener(file)
	if err != nil {
		return nil, err
	}
	return ln.(*net.UnixListener), nil
}

// socket makes a socket that children do not inherit.
func socket() (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	syscall.CloseOnExec(fd)
	return fd, nil
}
