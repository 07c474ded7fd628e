package bridge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// imported is the socket of an endpoint on the server.
type imported struct {
	name     string
	listener net.Listener
	closing  sync.Once
	failed   error
}

// close closes the socket, once.
func (i *imported) close() error {
	i.closing.Do(func() { i.failed = i.listener.Close() })
	return i.failed
}

// want notes whether an endpoint on the server is to have a socket.
func (b *Bridge) want(name string, wanted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wanted {
		b.wanted[name] = true
	} else {
		delete(b.wanted, name)
	}
	select {
	case b.poked <- struct{}{}:
	default:
	}
}

// importAll opens and closes sockets as they are wanted, until the bridge is closed. So nothing of
// one name happens at once.
func (b *Bridge) importAll() {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-b.life.Done():
			return
		case <-b.poked:
		case <-ticker.C: // What could not be imported is tried again.
		}
		come, gone := b.toImport()
		for _, i := range gone {
			b.unimport(i)
		}
		for _, name := range come {
			b.open(name)
		}
	}
}

// toImport are the names that lack a socket, and the sockets that nobody wants. The names are
// reserved, so that nobody takes their sockets for those of endpoints.
func (b *Bridge) toImport() (come []string, gone []*imported) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, i := range b.imports {
		if !b.wanted[name] {
			gone = append(gone, i)
		}
	}
	for name := range b.wanted {
		if b.imports[name] == nil && !b.exports[name] && len(b.imports) < mostImports {
			b.imports[name] = &imported{name: name}
			come = append(come, name)
		}
	}
	return come, gone
}

// open opens the socket of an endpoint on the server.
func (b *Bridge) open(name string) {
	ctx, cancel := context.WithTimeout(b.life, wait)
	defer cancel()
	listener, err := unix.Transport{}.Listen(ctx, b.opts.address(name))
	if err == nil {
		b.opened(name, listener)
		return
	}
	b.mu.Lock()
	delete(b.imports, name)
	b.mu.Unlock()
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("another endpoint of the name is %s; names are unique: %w", b.place, err)
	}
	if ctx.Err() == nil {
		b.refuse(name, fmt.Errorf("%s is on the server, and cannot be imported: %w", name, err))
	}
}

// opened accepts connections to the socket, unless the bridge is closed.
func (b *Bridge) opened(name string, listener net.Listener) {
	b.mu.Lock()
	i := b.imports[name]
	closed := b.closed
	if !closed {
		i.listener = listener
		delete(b.refused, name)
		b.work.Go(func() { b.accept(i) })
	}
	b.mu.Unlock()
	if closed {
		if err := listener.Close(); err != nil {
			b.warn("a socket could not be closed", err, "endpoint", name)
		}
		return
	}
	b.log("an endpoint on the server can be found on a socket", "endpoint", name)
}

// unimport closes the socket of an endpoint that has gone from the server.
func (b *Bridge) unimport(i *imported) {
	if err := i.close(); err != nil {
		b.warn("a socket could not be closed", err, "endpoint", i.name)
	}
	b.mu.Lock()
	delete(b.imports, i.name)
	taps := b.taps[i.name]
	b.mu.Unlock()
	sealTaps(taps)
	b.log("an endpoint has gone from the server", "endpoint", i.name)
}

// accept accepts connections to an imported endpoint.
func (b *Bridge) accept(i *imported) {
	var pause time.Duration
	for {
		conn, err := i.listener.Accept()
		switch {
		case err == nil:
			pause = 0
			b.receive(i.name, conn)
		case errors.Is(err, net.ErrClosed):
			return
		default: // Out of descriptors, say: that passes.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			b.warn("a connection could not be accepted", err, "endpoint", i.name)
			select {
			case <-time.After(pause):
			case <-b.life.Done():
				return
			}
		}
	}
}

// receive welcomes a connection on a goroutine, if it may stay.
func (b *Bridge) receive(remote string, conn net.Conn) {
	longest, ok := b.admit(conn) // In the order in which they came.
	if longest != nil {
		longest.Close()
	}
	if !ok || !b.goes(func() { b.welcome(remote, conn) }) {
		conn.Close()
	}
}

// admit notes a connection that has said nothing yet, so that Close ends it. If there are too many,
// the caller must close longest, the one that has been silent for longest: real endpoints say hello
// at once.
func (b *Bridge) admit(conn net.Conn) (longest net.Conn, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, false
	}
	b.silent[conn] = time.Now()
	if len(b.silent) <= mostSilent {
		return nil, true
	}
	for one, since := range b.silent {
		if longest == nil || since.Before(b.silent[longest]) {
			longest = one
		}
	}
	delete(b.silent, longest)
	return longest, true
}

// dismiss forgets a connection that has said hello, or has ended.
func (b *Bridge) dismiss(conn net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.silent, conn)
}
