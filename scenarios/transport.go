package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Transports: what p2p.Transport demands, point by point, without an endpoint. A failure here
// explains others.
func transportTable() []d.Scenario {
	return []d.Scenario{
		onTransport("transport/carries-every-byte",
			"Bytes written on one side of a connection arrive unchanged on the other, however late it reads.",
			func(ctx context.Context, p *rawPair) error {
				const size = 1 << 20
				err := p.bounded(ctx, "what the dialling side wrote did not all arrive", func() error {
					return carries(ctx, p.dialled, p.accepted, content(1, 0, size, false))
				})
				if err != nil {
					return err
				}
				return p.bounded(ctx, "what the accepting side wrote did not all arrive", func() error {
					return carries(ctx, p.accepted, p.dialled, content(2, 0, size, false))
				})
			}),
		onTransport("transport/write-keeps-nothing",
			"Write does not use its buffer after it has returned: the caller reuses that memory.",
			func(ctx context.Context, p *rawPair) error {
				return p.bounded(ctx, "what was written did not arrive", func() error { return reusesItsBuffer(p.dialled, p.accepted) })
			}),
		onTransport("transport/close-delivers",
			"What was written before Close arrives, followed by the end of the stream.",
			func(ctx context.Context, p *rawPair) error {
				return p.bounded(ctx, "the end of a connection that was closed did not arrive", func() error { return deliversAtClose(p.dialled, p.accepted) })
			}),
		onTransport("transport/close-ends-read",
			"Close ends a waiting Read of the same connection.",
			func(ctx context.Context, p *rawPair) error {
				_, accepted, err := p.another(ctx, unused)
				if err != nil {
					return err
				}
				for _, end := range []struct {
					side string
					conn net.Conn
				}{{"dialled", p.dialled}, {"accepted", accepted}} {
					err := p.bounded(ctx, "Close did not end a Read of its own connection, which was "+end.side, func() error {
						return closeEnds(end.conn, func() error { _, err := end.conn.Read(make([]byte, 1)); return err })
					})
					if err != nil {
						return err
					}
				}
				return nil
			}),
		onTransport("transport/close-ends-write",
			"Close ends a Write of the same connection that waits because the other side does not read.",
			func(ctx context.Context, p *rawPair) error {
				return p.bounded(ctx, "Close did not end a Write of its own connection", func() error {
					return closeEnds(p.dialled, func() error { return writeUntilFailed(p.dialled) })
				})
			}),
		onTransport("transport/close-is-noticed",
			"The other side notices a close: its Read ends, and soon its Write.",
			func(ctx context.Context, p *rawPair) error {
				if err := p.dialled.Close(); err != nil {
					return fmt.Errorf("close the dialled connection: %w", err)
				}
				err := p.bounded(ctx, "a Read did not end when the other side had closed", func() error {
					if n, err := p.accepted.Read(make([]byte, 1)); err == nil {
						return fmt.Errorf("it returned %d bytes that nobody wrote", n)
					}
					return nil
				})
				if err != nil {
					return err
				}
				return p.bounded(ctx, "a Write did not fail when the other side had closed", func() error {
					if writeUntilFailed(p.accepted) == nil {
						return fmt.Errorf("%d bytes were written", manyBytes)
					}
					return nil
				})
			}),
		onTransport("transport/silent-connection-delays-nobody",
			"A silent connection does not delay others from being accepted and used.",
			func(ctx context.Context, p *rawPair) error {
				silent, err := p.transport.Dial(ctx, p.address)
				if err != nil {
					return fmt.Errorf("dial a connection on which nothing is said: %w", err)
				}
				defer silent.Close()
				if err := wait(ctx, readsLate); err != nil { // Otherwise a busy listener may accept the next one first.
					return err
				}
				_, _, err = p.another(ctx, "while one connection stood on which nothing was said, another one was not accepted, or carried nothing")
				return err
			}),
		onTransport("transport/taken-address-throws",
			"Listening on an address that is in use is an error, and does not affect its listener.",
			func(ctx context.Context, p *rawPair) error {
				if usurper, err := p.transport.Listen(ctx, p.address); err == nil {
					return errors.Join(fmt.Errorf("a second listener at %q was opened, and was to fail", p.address), usurper.Close())
				}
				_, _, err := p.another(ctx, "after another listener had failed to take the address, a connection was not accepted, or carried nothing")
				return err
			}),
		onTransport("transport/closed-listener-frees-its-address",
			"Closing a listener ends its Accept, frees the address, and leaves accepted connections open.",
			func(ctx context.Context, p *rawPair) error {
				if err := p.closeListener(ctx); err != nil {
					return err
				}
				err := p.bounded(ctx, "an accepted connection carried nothing more after its listener had closed", func() error {
					return carries(ctx, p.dialled, p.accepted, []byte("still here"))
				})
				if err != nil {
					return err
				}
				again, err := p.transport.Listen(ctx, p.address)
				if err != nil {
					return fmt.Errorf("listen again at the address of a listener that was closed: %w", err)
				}
				return again.Close()
			}),
		withTransport("transport/dial-says-why",
			"If nobody listens, Dial fails, at the latest when its context ends, and says why.",
			d.Do("dial where nobody listens", func(ctx context.Context, s *d.Scope) error {
				transport, err := rawTransport(s)
				if err != nil {
					return err
				}
				return dialsInVain(ctx, transport, s.Config("nobody"))
			})),
	}
}

// onTransport returns a scenario of one driver that has both ends of a transport's connection, and its
// listener.
func onTransport(name, rule string, check func(ctx context.Context, p *rawPair) error) d.Scenario {
	return withTransport(name, rule, d.Do("use the transport itself", func(ctx context.Context, s *d.Scope) error {
		return withPair(ctx, s, s.Config("transport"), check)
	}))
}

func withTransport(name, rule string, use d.Action) d.Scenario {
	return d.Case(name, rule, d.New(d.NoEndpoint("transport"), use)).Needing(engine.RawConnections)
}

func rawTransport(s *d.Scope) (p2p.Transport, error) {
	raw, ok := s.Engine().(engine.RawDialer)
	if !ok || raw.Transport() == nil {
		return nil, fmt.Errorf("engine %s claims %s and has no transport", s.Engine().Name(), engine.RawConnections)
	}
	return engine.As(raw.Transport(), s.Driver())
}

// carries writes data that must arrive on the other side, which reads only after a while.
func carries(ctx context.Context, from, to net.Conn, want []byte) error {
	written := make(chan error, 1)
	go func() {
		_, err := from.Write(want)
		written <- err
	}()
	if err := wait(ctx, readsLate); err != nil {
		return err
	}
	// If the transport has no deadlines, the caller bounds it.
	_ = to.SetReadDeadline(time.Now().Add(soon * 3 / 4))
	defer func() { _ = to.SetReadDeadline(time.Time{}) }()
	got := make([]byte, len(want))
	n, err := io.ReadFull(to, got)
	if i := firstDifference(got[:n], want); err == nil && i < len(want) {
		err = fmt.Errorf("byte %d of %d is another one", i, len(want))
	} else if err != nil {
		err = fmt.Errorf("%d of %d bytes arrived: %w", n, len(want), err)
	}
	if err != nil {
		return err
	}
	return <-written
}

// reusesItsBuffer writes the same memory again and again, with other content.
func reusesItsBuffer(from, to net.Conn) error {
	const rounds, size = 64, 1 << 10
	written := make(chan error, 1)
	go func() {
		buffer := make([]byte, size)
		var err error
		for i := 0; i < rounds && err == nil; i++ {
			for at := range buffer {
				buffer[at] = byte(i)
			}
			_, err = from.Write(buffer)
		}
		for at := range buffer {
			buffer[at] = 255
		}
		written <- err
	}()
	got := make([]byte, size)
	for i := range rounds {
		if _, err := io.ReadFull(to, got); err != nil {
			return fmt.Errorf("read what was written %dth: %w", i+1, err)
		}
		for _, b := range got {
			if b != byte(i) {
				return fmt.Errorf("the %dth write arrived as it was changed after Write had returned (%d instead of %d), or a write before it was lost; copy what Write keeps, and write all of it", i+1, b, byte(i))
			}
		}
	}
	return <-written
}

// deliversAtClose closes a connection as soon as everything is written.
func deliversAtClose(from, to net.Conn) error {
	want := content(1, 1, 256<<10, false)
	closed := make(chan error, 1)
	go func() {
		_, err := from.Write(want)
		closed <- errors.Join(err, from.Close())
	}()
	got, err := io.ReadAll(to)
	if len(got) != len(want) || firstDifference(got, want) < len(want) {
		return fmt.Errorf("%d of %d bytes arrived that were written before Close, and then the end (%w)", len(got), len(want), errors.Join(io.EOF, err))
	}
	return <-closed // An end other than io.EOF is also an end.
}
