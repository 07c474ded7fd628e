package scenarios

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Silent connections keep nobody out.
func connectSilentTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("connect/past-silent-ones",
			"A client connects and is served while other connections are silent or stuck in a half-sent first message.",
			func(env *d.Env) []*d.Driver {
				const n = 6 // One shows most defects; an accept loop may have a few helpers.
				beneath, open := make(chan struct{}), make(chan struct{})
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						servesPings(),
						d.Background("beneath", d.Within(time.Minute, d.Do("connect to the socket beneath the transport", func(ctx context.Context, s *d.Scope) error {
							return staySilent(ctx, beneath, n, socketsBeneath(s))
						}))),
						d.Do("be connected to", until(beneath)),
						d.Signal("serving"),
						d.AwaitDriver("client"),
						d.Cancel("beneath")),
					d.New(d.NoEndpoint("silent"),
						d.Await("serving"),
						d.Background("silence", d.Within(time.Minute, d.Do("connect, and say nothing", func(ctx context.Context, s *d.Scope) error {
							transport, err := engine.As(s.Engine().(engine.RawDialer).Transport(), s.Driver())
							if err != nil {
								return err
							}
							return staySilent(ctx, open, n, []dial{func(ctx context.Context) (net.Conn, error) {
								return transport.Dial(ctx, env.Config("server").Address)
							}})
						}))),
						d.Do("be connected", func(ctx context.Context, _ *d.Scope) error {
							if err := closedBefore(ctx, open); err != nil {
								return fmt.Errorf("not all of %d silent connections were accepted: %w", n, err)
							}
							return nil
						}),
						d.Signal("silent"),
						d.AwaitDriver("client"),
						d.Cancel("silence")),
					d.New(d.RunEndpoint("client"),
						d.Await("silent"),
						d.ConnectToEndpoints("server"),
						d.Request(Ping{N: 1}).Returns(Pong{N: 1})),
				}
			}).Needing(engine.RawConnections),
	}
}

type dial func(ctx context.Context) (net.Conn, error)

// staySilent dials each address n times, and then closes open. On the last connection to each it sends
// half a hello, and on the others nothing. They stay open until ctx ends.
func staySilent(ctx context.Context, open chan<- struct{}, n int, all []dial) error {
	var closes sync.WaitGroup
	defer closes.Wait()
	for _, dial := range all {
		for i := range n {
			conn, err := dial(ctx)
			if err != nil {
				return fmt.Errorf("silent connection %d of %d: %w", i+1, n, err)
			}
			defer closes.Go(func() { _ = conn.Close() }) // All at once: each may take a while.
			if half := hello("silent", wire.Version)[:5]; i == n-1 {
				if _, err := conn.Write(half); err != nil {
					return err
				}
			}
		}
	}
	close(open)
	<-ctx.Done()
	return context.Cause(ctx)
}

// socketsBeneath dials the sockets that the driver's transport listens on in this process, if any. It
// sends nothing of the transport's own protocol.
func socketsBeneath(s *d.Scope) []dial {
	transport, ok := s.Engine().(engine.RawDialer).Transport().(engine.ListensAt)
	if !ok {
		return nil
	}
	var all []dial
	for _, addr := range transport.ListenAddrs() {
		if network := addr.Network(); strings.HasPrefix(network, "tcp") || network == "unix" {
			all = append(all, func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr.String())
			})
		}
	}
	return all
}
