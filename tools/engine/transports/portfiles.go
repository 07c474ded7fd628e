package transports

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"

	"github.com/lahja/go-lahja/lahja"
)

// loopback is where endpoints listen whose host has no address.
const loopback = "127.0.0.1"

// PortFiles is a transport over another one whose addresses are host:port. Its own addresses
// are paths: the file at a path holds the address of whoever listens there, with the port that
// the system chose. So drivers know each other's addresses before anybody listens, in any
// process, and no port is fixed. An address is free again as soon as its listener is closed or
// its process has ended, even if the port is not. PortFile makes the paths:
//
//	var backend = &transports.Backend{
//		BackendName: "mine",
//		New:         func() lahja.Transport { return transports.PortFiles{Over: mine.New()} },
//		Address:     transports.PortFile,
//		Has:         []engine.Capability{engine.Takeover},
//	}
type PortFiles struct {
	// Over is the transport. Its listeners' Addr is what its Dial takes.
	Over lahja.Transport

	host string // where it listens; empty means loopback
}

// PortFile is the path of the file for an endpoint of that name, in the directory of a run.
func PortFile(dir, name string) string { return filepath.Join(dir, name+".port") }

// At implements Hosted.
func (t PortFiles) At(host string) lahja.Transport {
	t.host = host
	return t
}

// dial ends when watch returns, with what that returned: whoever listened has gone.
func (t PortFiles) dial(ctx context.Context, address string, watch func(context.Context) error) (net.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { cancel(watch(ctx)) })
	defer watching.Wait()
	defer cancel(nil)
	conn, err := t.Over.Dial(ctx, address)
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	return conn, err
}

// Listen implements lahja.Transport.
func (t PortFiles) Listen(ctx context.Context, path string) (net.Listener, error) {
	l, err := t.Over.Listen(ctx, net.JoinHostPort(cmp.Or(t.host, loopback), "0"))
	if err != nil {
		return nil, err
	}
	withdraw, err := announce(ctx, path, l.Addr().String())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return portListener{l, withdraw}, nil
}

// Close closes the transport beneath if it implements io.Closer.
func (t PortFiles) Close() error {
	if closer, ok := t.Over.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

type portListener struct {
	net.Listener
	withdraw func() error
}

func (l portListener) Close() error { return errors.Join(l.withdraw(), l.Listener.Close()) }
