package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// loopback is where endpoints listen whose host has no address.
const loopback = "127.0.0.1"

// portFiles is a transport over TCP whose addresses are paths: the file at a path
// holds the address of who listens there, with the port that the system chose. So
// drivers name addresses before anybody listens, in any process, and no port is
// fixed.
type portFiles struct {
	over lahja.Transport
	host string // where it listens; empty means loopback
}

// At implements Hosted.
func (t portFiles) At(host string) lahja.Transport {
	t.host = host
	return t
}

// Dial implements lahja.Transport.
func (t portFiles) Dial(ctx context.Context, path string) (net.Conn, error) {
	address, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return t.over.Dial(ctx, string(address))
}

// Listen implements lahja.Transport.
func (t portFiles) Listen(ctx context.Context, path string) (net.Listener, error) {
	l, err := t.over.Listen(ctx, net.JoinHostPort(cmp.Or(t.host, loopback), "0"))
	if err != nil {
		return nil, err
	}
	if err := publish(ctx, path, l.Addr().String()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return portListener{l, path}, nil
}

// publish writes the address to a file at path, whole from the first moment. The
// file of a listener that has died is taken over.
func publish(ctx context.Context, path, address string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".port-")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", fs.ErrInvalid, err) // Waiting does not make the directory.
	}
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(address)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	err = os.Link(file.Name(), path)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if listens(ctx, path) {
		return fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
	}
	return os.Rename(file.Name(), path)
}

// lifeSign is how long a connection has to last to show that who accepted it lives: a
// process that is being killed accepts connections until its listener's turn comes.
const lifeSign = 50 * time.Millisecond

// listens tells whether somebody alive accepts connections at the address in the
// file.
func listens(ctx context.Context, path string) bool {
	address, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", string(address))
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(lifeSign)); err != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1))
	return err == nil || errors.Is(err, os.ErrDeadlineExceeded)
}

type portListener struct {
	net.Listener
	path string
}

func (l portListener) Close() error { return errors.Join(os.Remove(l.path), l.Listener.Close()) }
