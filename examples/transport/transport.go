package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// loopback is a p2p.Transport: TCP on this machine. An address is the path of a file that contains
// the port, so the kernel can choose the port. It is only an example: any user of the machine can
// connect to the port, and you must remove the file of a killed process by hand.
type loopback struct{}

// Dial fails if nobody listens; the endpoint tries again.
func (loopback) Dial(ctx context.Context, path string) (net.Conn, error) {
	port, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", string(port))
}

// Listen creates the file, which must not exist.
func (loopback) Listen(ctx context.Context, path string) (net.Listener, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", fs.ErrInvalid, err) // Waiting will not create the directory.
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	if _, err := file.WriteString(l.Addr().String()); err != nil {
		return nil, errors.Join(err, os.Remove(path), l.Close())
	}
	return listener{l, path}, nil
}

// listener frees its address when it closes.
type listener struct {
	net.Listener
	path string
}

func (l listener) Close() error { return errors.Join(os.Remove(l.path), l.Listener.Close()) }
