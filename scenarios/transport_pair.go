package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	d "github.com/lahja/go-lahja/tools/drivers"
)

const (
	// soon is the time in which a connection must do what needs only a round trip, or carry a megabyte.
	soon = 4 * time.Second
	// readsLate is how long a reader lets the writer wait.
	readsLate = 50 * time.Millisecond
	// inVainFor is how long a dial may take if nobody listens: it may wait for a listener.
	inVainFor = 300 * time.Millisecond
	// manyBytes is more than any connection has room for, at 64 KiB per write.
	manyBytes = 64 << 20
)

// rawPair is a listener of a transport and both ends of a connection to it.
type rawPair struct {
	transport         p2p.Transport
	address           string
	listener          net.Listener
	dialled, accepted net.Conn

	incoming chan net.Conn
	ended    chan struct{} // Accept has returned a permanent error

	mu     sync.Mutex
	opened []net.Conn // all ends
}

func (p *rawPair) opens(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = append(p.opened, conn)
}

// withPair opens a pair for a check, and closes everything.
func withPair(ctx context.Context, s *d.Scope, config lahja.ConnectionConfig, check func(context.Context, *rawPair) error) error {
	transport, err := rawTransport(s)
	if err != nil {
		return err
	}
	p := &rawPair{transport: transport, address: config.Address, incoming: make(chan net.Conn, 16), ended: make(chan struct{})}
	if p.listener, err = transport.Listen(ctx, config.Address); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	go p.accept()
	defer p.close()
	if p.dialled, p.accepted, err = p.another(ctx, unused); err != nil {
		return err
	}
	return check(ctx, p)
}

// accept accepts until the listener is closed.
func (p *rawPair) accept() {
	defer close(p.ended)
	for {
		conn, err := p.listener.Accept()
		var passing interface{ Temporary() bool }
		switch {
		case err == nil:
			p.opens(conn)
			p.incoming <- conn
		case errors.As(err, &passing) && passing.Temporary():
			time.Sleep(time.Millisecond) // An endpoint also pauses.
		default:
			return
		}
	}
}

// close closes what is open. The check may have closed some of it.
func (p *rawPair) close() {
	p.listener.Close()
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	closing := closeTogether(p.opened)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		closing.Wait()
	}()
	select {
	case <-closed:
	case <-time.After(time.Second): // It hangs; another check reports that.
	}
}

// greeted returns the other end of a dialled connection: the one that gets the greeting.
func (p *rawPair) greeted(ctx context.Context, dialled net.Conn) (net.Conn, error) {
	written := make(chan error, 1)
	go func() {
		_, err := dialled.Write([]byte(greeting))
		written <- err
	}()
	greeted := make(chan net.Conn, 16)
	for {
		select {
		case conn := <-p.incoming:
			go func() {
				first := make([]byte, len(greeting))
				if _, err := io.ReadFull(conn, first); err == nil && string(first) == greeting {
					greeted <- conn
				}
			}()
		case conn := <-greeted:
			return conn, <-written
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// greeting cannot be taken for a frame of the protocol.
const greeting = "hello, transport"

// unused says what it means if a first connection carries nothing.
const unused = "a connection was dialled, and was not accepted, or what was written on it was not read on the other side"

// another returns both ends of one more connection that has carried data. Otherwise says what it means
// if there is none.
func (p *rawPair) another(ctx context.Context, otherwise string) (dialled, accepted net.Conn, err error) {
	if dialled, err = p.transport.Dial(ctx, p.address); err != nil {
		return nil, nil, fmt.Errorf("dial a listener that listens: %w", err)
	}
	p.opens(dialled)
	err = p.bounded(ctx, otherwise, func() error {
		accepted, err = p.greeted(ctx, dialled)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return dialled, accepted, nil
}

// closeListener closes the listener, and waits until Accept returns.
func (p *rawPair) closeListener(ctx context.Context) error {
	if err := p.listener.Close(); err != nil {
		return fmt.Errorf("close the listener: %w", err)
	}
	return p.bounded(ctx, "Accept did not end when its listener was closed", func() error {
		<-p.ended
		return nil
	})
}

// bounded returns fn's error, or what it means if fn does not return soon.
func (p *rawPair) bounded(ctx context.Context, what string, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	limit := time.NewTimer(soon)
	defer limit.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	case <-limit.C:
		return fmt.Errorf("%s within %v", what, soon)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}

// closeEnds closes a connection while a call waits on it. The call must then fail.
func closeEnds(conn net.Conn, waits func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- waits() }()
	select {
	case err := <-ended:
		if err == nil {
			return nil // It has room for everything.
		}
		return fmt.Errorf("it ended before Close: %w", err)
	case <-time.After(readsLate): // By then most wait; a call that does not must end too.
	}
	if err := conn.Close(); err != nil {
		return fmt.Errorf("closing it failed: %w", err)
	}
	if err := <-ended; err == nil {
		return errors.New("it succeeded after Close")
	}
	return nil
}

// writeUntilFailed writes until a write fails. With a lot of room, none may.
func writeUntilFailed(conn net.Conn) error {
	chunk := make([]byte, 64<<10)
	for n := 0; n < manyBytes; n += len(chunk) {
		if _, err := conn.Write(chunk); err != nil {
			return err
		}
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dialsInVain dials an address that nobody listens on.
func dialsInVain(ctx context.Context, transport p2p.Transport, nobody lahja.ConnectionConfig) error {
	ctx, cancel := context.WithTimeout(ctx, inVainFor)
	defer cancel()
	conn, err := transport.Dial(ctx, nobody.Address)
	if err == nil {
		return errors.Join(fmt.Errorf("dialling %q, where nobody listens, succeeded", nobody.Address), conn.Close())
	}
	if errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("dialling where nobody listens is an error that waiting cannot mend: %w", err)
	}
	for _, cause := range leaves(err) {
		if cause != context.DeadlineExceeded {
			return nil
		}
	}
	return fmt.Errorf("dialling where nobody listens says only that the time was up: %w; wrap what stood in the way too", err)
}
