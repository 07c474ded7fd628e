package saboteurs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// acceptsLate is a transport whose listeners run out of descriptors now and then.
type acceptsLate struct{ p2p.Transport }

func acceptLate(t p2p.Transport) p2p.Transport { return acceptsLate{t} }

func (t acceptsLate) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return &lateListener{Listener: l}, nil
}

type lateListener struct {
	net.Listener
	calls atomic.Int64
}

// Accept fails every other time, with an error that the system calls temporary.
func (l *lateListener) Accept() (net.Conn, error) {
	if l.calls.Add(1)%2 != 0 {
		return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: os.NewSyscallError("accept", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// abstractSockets is a transport over Unix sockets whose addresses begin with @.
type abstractSockets struct{}

func (abstractSockets) Dial(ctx context.Context, address string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", address)
}

func (abstractSockets) Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "unix", address)
}

// holdsAddresses is a transport over Unix sockets on which an address belongs to its process, or
// to its process group, until that has been reaped.
type holdsAddresses struct{ p2p.Transport }

func holdAddresses(t p2p.Transport) p2p.Transport { return holdsAddresses{t} }

func (t holdsAddresses) Listen(ctx context.Context, path string) (net.Listener, error) {
	holder := path + ".holder"
	if err := held(holder); err != nil {
		return nil, fmt.Errorf("listen at %s: %w", path, err)
	}
	l, err := t.Transport.Listen(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(holder, []byte(strconv.Itoa(childproc.Group())), 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return heldListener{l, holder}, nil
}

// held fails if the process that listened at an address has not been reaped.
func held(holder string) error {
	text, err := os.ReadFile(holder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		return err
	}
	if childproc.Exists(pid) {
		return fmt.Errorf("process %d holds it: %w", pid, syscall.EADDRINUSE)
	}
	return nil
}

type heldListener struct {
	net.Listener
	holder string
}

func (l heldListener) Close() error { return errors.Join(os.Remove(l.holder), l.Listener.Close()) }
