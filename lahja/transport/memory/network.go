package memory

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"syscall"
)

// MaxBuffer is 1 GiB, the maximum of Network.Buffer. A connection whose buffer fills holds
// all of it.
const MaxBuffer = 1 << 30

// defaultBuffer is about what kernels give a socket.
const defaultBuffer = 64 << 10

// Network is a p2p.Transport: a set of listeners that can be reached from within it. The
// zero value is ready to use. Do not copy a Network after its first use. It is safe for
// concurrent use.
type Network struct {
	// Buffer is how many bytes may be on their way in one direction of a connection before
	// Write waits. 0 means 64 KiB; the maximum is MaxBuffer. With an invalid value, Listen
	// and Dial fail with fs.ErrInvalid. Set it before use.
	Buffer int

	mu        sync.Mutex
	listeners map[string]*listener
	changed   chan struct{} // closed when a listener appears; nil if nobody waits
}

// New returns a network with no listeners.
func New() *Network { return &Network{} }

// Listen listens at address, which may be any text. If the address is in use, it fails with
// syscall.EADDRINUSE.
func (n *Network) Listen(ctx context.Context, address string) (net.Listener, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, fmt.Errorf("memory: another listener is at %q: %w", address, syscall.EADDRINUSE)
	}
	if n.listeners == nil {
		n.listeners = map[string]*listener{}
	}
	l := newListener(n, address)
	n.listeners[address] = l
	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
	return l, nil
}

// Dial connects to the listener at address. Until ctx ends, it waits for the listener to
// appear and to have room in its backlog. If none appears, the error also is
// syscall.ECONNREFUSED.
func (n *Network) Dial(ctx context.Context, address string) (net.Conn, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("memory: dialling %q: %w", address, context.Cause(ctx))
		}
		l, changed := n.lookup(address)
		if l == nil {
			select {
			case <-changed:
			case <-ctx.Done():
				return nil, fmt.Errorf("memory: nobody listens at %q: %w: %w", address, syscall.ECONNREFUSED, context.Cause(ctx))
			}
			continue
		}
		conn, err := l.connect(ctx)
		if conn != nil || err != nil {
			return conn, err
		}
		// The listener was closed meanwhile; there may be another.
	}
}

// lookup returns the listener at address, or else a channel that is closed when one appears
// anywhere.
func (n *Network) lookup(address string) (*listener, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.listeners[address]; l != nil {
		return l, nil
	}
	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return nil, n.changed
}

func (n *Network) remove(l *listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners, l.address)
}

func (n *Network) check() error {
	if n.Buffer < 0 || n.Buffer > MaxBuffer {
		return fmt.Errorf("memory: Network.Buffer is %d; want 1 to %d, or 0 for the default of %d: %w",
			n.Buffer, MaxBuffer, defaultBuffer, fs.ErrInvalid)
	}
	return nil
}

func (n *Network) buffer() int {
	if n.Buffer > 0 {
		return n.Buffer
	}
	return defaultBuffer
}
