package drivers

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/tools/engine"
)

// RawConnection dials an endpoint as a byte stream, lets talk use the
// connection, and closes it. Where it is given a name, it first waits until the driver that
// serves it has opened its endpoint. It is for drivers that disturb endpoints; scenarios
// with it need engine.RawConnections. When ctx ends the connection is closed,
// so that talk need not watch it. Where endpoints show who they are (engine.Named), it
// shows what one with the driver's name does.
func RawConnection[A Address](to A, what string, talk func(ctx context.Context, s *Scope, conn net.Conn) error) Action {
	where := addressOf(to)
	a := newAction("RawConnection", []any{where.name, what}, func(ctx context.Context, s *Scope) error {
		raw, ok := s.Engine().(engine.RawDialer)
		if !ok || raw.Transport() == nil {
			return fmt.Errorf("engine %s has no byte streams; list engine.RawConnections in the scenario's Needs", s.Engine().Name())
		}
		transport, err := engine.As(raw.Transport(), s.Driver())
		if err != nil {
			return err
		}
		config, err := where.served(ctx, s)
		if err != nil {
			return err
		}
		conn, err := transport.Dial(ctx, config.Address)
		if err != nil {
			return fmt.Errorf("dial %s: %w", config, err)
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		return talk(ctx, s, conn)
	})
	return a.calling(talk)
}
