package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Connections: how two endpoints connect, and when they do not.
func connectTable() []d.Scenario {
	return []d.Scenario{
		d.Case("connect/to-server", "When connecting to a server returns, the client is connected to it.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.IsConnectedTo("server"),
				d.WaitUntilConnectedTo("server"),
				d.CloseEndpoint())),

		d.Case("connect/duplicate-throws",
			"Connecting to a name that is already connected is a refused attempt, and the connection stays.",
			d.New(d.ServeEndpoint("server"), d.WaitFor[Tick]()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Throws(d.ConnectToEndpoints("server"), lahja.ErrConnectionAttemptRejected),
				d.WaitAnyThenBroadcast(Tick{}))),

		d.Case("connect/reverse-connection", "A server is connected to a client that dialled it, without dialling itself.",
			d.New(d.ServeEndpoint("server"), d.WaitUntilConnectedTo("client")),
			d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"))),

		d.Case("connect/both-know-subscriptions", "When connecting returns, each side lists the other and knows what it subscribes to.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Signal("listening"),
				d.Await("connected"),
				d.ConnectedEndpointsAre("client"),
				d.IsEndpointSubscribedTo[Tock]("client"),
				d.Broadcast(Tock{})),
			d.New(d.RunEndpoint("client"),
				d.Stream(tocks),
				d.Await("listening"),
				d.ConnectToEndpoints("server"),
				d.IsEndpointSubscribedTo[Tick]("server"),
				d.Signal("connected"), // The client has sent nothing that the server could wait for.
				d.Broadcast(Tick{}))),

		d.Case("connect/to-oneself-throws", "An endpoint that connects to itself gets a refused attempt.",
			d.New(d.ServeEndpoint("server"),
				d.Throws(d.ConnectToEndpoints("server"), lahja.ErrConnectionAttemptRejected),
				d.ConnectedEndpointsAre())),

		d.Case("connect/same-name-twice-throws", "Connecting to one name twice in one call is a refused attempt and connects to nobody.",
			d.New(d.ServeEndpoint("server")),
			d.New(d.RunEndpoint("client"),
				d.Throws(d.ConnectToEndpoints("server", "server"), lahja.ErrConnectionAttemptRejected),
				d.ConnectedEndpointsAre())),

		d.Case("connect/lists-itself-first", "An endpoint counts as connected to itself, and lists itself before all others.",
			d.New(d.ServeEndpoint("aaa")),
			d.New(d.RunEndpoint("zzz"),
				d.IsConnectedTo("zzz"),
				d.ConnectToEndpoints("aaa"),
				d.ExpectEndpointFunc("lists itself first", func(ep lahja.EndpointAPI) error {
					if peers := ep.Peers().Peers; len(peers) != 2 || peers[0].Name != "zzz" || peers[1].Name != "aaa" {
						return fmt.Errorf("want zzz and then aaa, got %v", peers)
					}
					return nil
				}))),

		d.Case("connect/waits-for-listener", "Connecting waits for a listener that does not exist yet, and succeeds when it appears.",
			d.New(d.ServeEndpoint("server"),
				d.CloseEndpoint(),
				d.Signal("nobody listens"),
				d.Await("dialling"),
				d.RestartEndpoint(),
				d.WaitUntilConnectedTo("client")),
			d.New(d.RunEndpoint("client"),
				d.Await("nobody listens"),
				d.Throws(d.Within(50*time.Millisecond, d.ConnectToEndpoints("server")), context.DeadlineExceeded),
				d.Background("connect", d.ConnectToEndpoints("server")),
				d.Signal("dialling"),
				d.Join("connect"))),

		d.Case("connect/gives-up", "Connecting to an address that nobody serves fails after the set time, with a deadline error.",
			d.New(d.RunEndpoint("client").WithListenWait(50*time.Millisecond),
				d.Throws(connectsToNobody(), context.DeadlineExceeded),
				d.ConnectedEndpointsAre())),

		d.Case("connect/says-why-nobody-answered", "If nobody answers, the error of a connect says why, not only that the time was up.",
			// Time enough for an attempt over a slow network to fail.
			d.New(d.RunEndpoint("client").WithListenWait(300*time.Millisecond), d.ThrowsAs(connectsToNobody(), hasACause))),

		d.CaseFunc("connect/one-of-several-fails", "If one of several endpoints never listens, connecting to them is an error that names it.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("ready")),
					d.New(d.RunEndpoint("client").WithListenWait(300*time.Millisecond), // Time enough for the one that is ready.
						d.AwaitDriver("ready"),
						d.ThrowsAs(d.ConnectToEndpoints(env.Configs("ready", "nobody")...), hasACause, mentions("nobody"))),
				}
			}),

		d.CaseFunc("connect/several-in-parallel", "When connecting to several endpoints, one that is ready does not wait for one that is not.",
			func(env *d.Env) []*d.Driver {
				return []*d.Driver{
					d.New(d.ServeEndpoint("late"),
						d.CloseEndpoint(),
						d.Signal("late is away"),
						d.AwaitDriver("ready"),
						d.RestartEndpoint()),
					d.New(d.ServeEndpoint("ready"), d.WaitUntilConnectedTo("client")),
					d.New(d.RunEndpoint("client"),
						d.Await("late is away"),
						d.ConnectToEndpoints(env.Configs("late", "ready")...),
						d.ConnectedEndpointsAre("late", "ready")),
				}
			}),

		d.Case("connect/second-of-one-name-throws",
			"A second endpoint with the name of a live connected peer is refused with the reason, and the peer stays.",
			d.New(d.ServeEndpoint("server"), d.AwaitDriver("second twin"), d.WaitAnyThenBroadcast(Tick{1})),
			d.New(d.RunEndpoint("twin"),
				d.ConnectToEndpoints("server"),
				d.Signal("first is connected"),
				d.Receives(Tick{1})).Named("first twin"),
			d.New(d.RunEndpoint("twin"),
				d.Await("first is connected"),
				d.Throws(d.ConnectToEndpoints("server"), lahja.ErrConnectionAttemptRejected),
				d.ThrowsAs(d.ConnectToEndpoints("server"), mentions(`"twin"`)),
				d.ConnectedEndpointsAre()).Named("second twin")),

		d.CaseFunc("connect/other-name-throws", "An endpoint that finds an unexpected name at an address does not stay connected.",
			func(env *d.Env) []*d.Driver {
				other := lahja.ConnectionConfig{Name: "other", Address: env.Config("server").Address}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server")),
					d.New(d.RunEndpoint("client"),
						d.Throws(d.ConnectToEndpoints(other), lahja.ErrConnectionAttemptRejected),
						d.ConnectedEndpointsAre()),
				}
			}).Needing(engine.RawConnections),

		d.Case("connect/to-each-other-at-once",
			"Two endpoints that dial each other at once end with one connection, which delivers everything once; neither call fails, except because they are already connected.",
			dials("left", "right"), dials("right", "left")).WithSlack(4),
	}
}

// dials connects to an endpoint that connects to this one, and broadcasts to it, time and again.
func dials(self, other string) *d.Driver {
	return d.New(d.ServeEndpoint(self),
		d.Repeat(10,
			d.Stream(ticks),
			d.Checkpoint("together"),
			d.Do("connect to "+other, func(ctx context.Context, s *d.Scope) error {
				err := s.Endpoint().ConnectToEndpoints(ctx, s.Config(other))
				if errors.Is(err, lahja.ErrConnectionAttemptRejected) && lahja.IsConnectedTo(s.Endpoint(), other) {
					return nil // The other one's attempt came first.
				}
				return err
			}),
			d.ConnectedEndpointsAre(other),
			d.BroadcastEach(5, tick, only(other)),
			d.Sync(other),
			d.Checkpoint("sent"),
			d.Drain(ticks).InOrder(d.Series(5, tick)...),
			d.Checkpoint("counted"),
			d.RestartEndpoint()))
}

// hasACause fails if the error of an unanswered connect wraps only the timeout.
func hasACause(err *lahja.Error) error {
	if !errors.Is(err, lahja.ErrNoListener) {
		return fmt.Errorf("want an error that is %q, got %w", lahja.ErrNoListener, err)
	}
	for _, cause := range leaves(err) {
		if cause != lahja.ErrNoListener && cause != context.DeadlineExceeded {
			return nil
		}
	}
	return fmt.Errorf("it says only that the time was up: %w", err)
}

// leaves returns the errors in err that wrap no other error.
func leaves(err error) []error {
	switch err := err.(type) {
	case interface{ Unwrap() []error }:
		var all []error
		for _, inner := range err.Unwrap() {
			all = append(all, leaves(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		if inner := err.Unwrap(); inner != nil {
			return leaves(inner)
		}
	}
	return []error{err}
}
