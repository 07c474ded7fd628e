package scenarios

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Certificates: names that are not in an endpoint's certificate.
var certificatesTable = []drivers.Scenario{
	{
		Name:  "connect/name-must-be-certified",
		Rule:  "An endpoint cannot use a name that is not in its certificate.",
		Needs: []engine.Need{engine.RawConnections, engine.CertifiedNames},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("refused"),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("looked"),
					drivers.WaitUntilConnectedTo("reader"),
					drivers.Checkpoint("connected")),
				drivers.New(drivers.NoEndpoint("mallory"),
					drivers.Checkpoint("serving"),
					drivers.RawConnection(server, "says it is reader", func(_ context.Context, _ *drivers.Scope, conn net.Conn) error {
						return isRefused(conn, "reader")
					}),
					drivers.Checkpoint("refused"),
					drivers.Checkpoint("looked")),
				drivers.New(drivers.RunEndpoint("reader"),
					drivers.Checkpoint("looked"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("connected")),
			}
		},
	},
	{
		Name:  "connect/servers-name-must-be-certified",
		Rule:  "A listening endpoint cannot use a name that is not in its certificate.",
		Needs: []engine.Need{engine.RawConnections, engine.CertifiedNames},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			library := env.Config("library")
			return []*drivers.Driver{
				drivers.New(drivers.NoEndpoint("mallory"),
					drivers.Background("pose", drivers.Do("pose as the library", func(ctx context.Context, s *drivers.Scope) error {
						return pose(ctx, s, library)
					})),
					drivers.Checkpoint("refused"),
					drivers.Join("pose")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Throws(drivers.ConnectToEndpoints(library), lahja.ErrConnectionAttemptRejected),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("refused")),
			}
		},
	},
}

// isRefused says hello under a name, and fails unless the name is refused.
func isRefused(conn net.Conn, name string) error {
	if _, err := conn.Write(hello(name, wire.Version)); err != nil {
		return err
	}
	kind, body, err := wire.NewReader(conn).Next(wire.MaxHello)
	if err != nil {
		return err
	}
	if kind != wire.Refuse {
		return fmt.Errorf("who says it is %s got %s, want a refusal", name, kind)
	}
	refusal, err := wire.ParseRefuse(body)
	if err == nil && refusal.Code != wire.RefuseName {
		err = fmt.Errorf("who says it is %s was refused for its %s (%s), want for its name", name, refusal.Code, refusal.Reason)
	}
	return err
}

// pose listens at an endpoint's address and claims to be that endpoint.
func pose(ctx context.Context, s *drivers.Scope, as lahja.ConnectionConfig) error {
	transport, err := engine.As(s.Engine().(engine.RawDialer).Transport(), s.Driver())
	if err != nil {
		return err
	}
	l, err := transport.Listen(ctx, as.Address)
	if err != nil {
		return err
	}
	defer l.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, _, err := wire.NewReader(conn).Next(wire.MaxHello); err != nil {
		return err
	}
	if _, err := introduce(conn, as.Name); err != nil {
		return nil // It is refused, as it should be.
	}
	return untilClosed(ctx, conn)
}
