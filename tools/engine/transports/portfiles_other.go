//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package transports

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"syscall"

	"github.com/lahja/go-lahja/tools/engine"
)

// hasUnix is nothing: there are no Unix sockets here.
var hasUnix []engine.Capability

// noted has the addresses that listeners of this process have announced, by path. Only this
// process dials them: systems without file locks that end with a process run no drivers as processes.
var noted struct {
	sync.Mutex
	at map[string]*note
}

// note is what a port file says elsewhere.
type note struct {
	address string
	gone    chan struct{} // closed when nobody listens there any more
}

// Dial implements lahja.Transport.
func (t PortFiles) Dial(ctx context.Context, path string) (net.Conn, error) {
	noted.Lock()
	n := noted.at[path]
	noted.Unlock()
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return t.dial(ctx, n.address, func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case <-n.gone:
			return fmt.Errorf("%s: whoever listened there has ended: %w", path, syscall.ECONNREFUSED)
		}
	})
}

// announce notes the address; it returns what forgets it.
func announce(_ context.Context, path, address string) (withdraw func() error, err error) {
	noted.Lock()
	defer noted.Unlock()
	if noted.at[path] != nil {
		return nil, fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
	}
	if noted.at == nil {
		noted.at = map[string]*note{}
	}
	n := &note{address, make(chan struct{})}
	noted.at[path] = n
	return func() error {
		noted.Lock()
		defer noted.Unlock()
		if noted.at[path] == n { // It may be closed twice.
			delete(noted.at, path)
			close(n.gone)
		}
		return nil
	}, nil
}
