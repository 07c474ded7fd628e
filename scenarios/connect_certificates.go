package scenarios

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Certificates: names that are not in an endpoint's certificate.
func certificatesTable() []d.Scenario {
	return []d.Scenario{
		d.Case("connect/name-must-be-certified", "An endpoint cannot use a name that is not in its certificate.",
			d.New(d.ServeEndpoint("server"),
				d.AwaitDriver("mallory"),
				d.ConnectedEndpointsAre(),
				d.Signal("looked"),
				d.WaitUntilConnectedTo("reader")),
			d.New(d.NoEndpoint("mallory"),
				d.RawConnection("server", "says it is reader", func(_ context.Context, _ *d.Scope, conn net.Conn) error {
					return isRefused(conn, "reader")
				})),
			d.New(d.RunEndpoint("reader"), d.Await("looked"), d.ConnectToEndpoints("server"))).
			Needing(engine.RawConnections, engine.CertifiedNames),

		d.CaseFunc("connect/servers-name-must-be-certified", "A listening endpoint cannot use a name that is not in its certificate.",
			func(env *d.Env) []*d.Driver {
				library := env.Config("library")
				return []*d.Driver{
					d.New(d.NoEndpoint("mallory"),
						d.Do("pose as the library", func(ctx context.Context, s *d.Scope) error { return pose(ctx, s, library) })),
					d.New(d.RunEndpoint("client"),
						d.Throws(d.ConnectToEndpoints(library), lahja.ErrConnectionAttemptRejected),
						d.ConnectedEndpointsAre()),
				}
			}).Needing(engine.RawConnections, engine.CertifiedNames),
	}
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
func pose(ctx context.Context, s *d.Scope, as lahja.ConnectionConfig) error {
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
