package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Connections: how two endpoints connect, and when they do not.
var connectTable = []drivers.Scenario{
	{
		Name: "connect/to-server",
		Rule: "When connecting to a server returns, the client is connected to it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.IsConnectedTo("server"),
					drivers.WaitUntilConnectedTo("server"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/duplicate-throws",
		Rule: "Connecting to a name that is already connected is a refused attempt, and the connection stays.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor[Tick]()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.ConnectToEndpoints(server), lahja.ErrConnectionAttemptRejected),
					drivers.WaitAnyThenBroadcast(Tick{})),
			}
		},
	},
	{
		Name: "connect/reverse-connection",
		Rule: "A server is connected to a client that dialled it, without dialling itself.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/both-know-subscriptions",
		Rule: "When connecting returns, each side lists the other and knows what it subscribes to.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tick]]("ticks")),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("connected"),
					drivers.ConnectedEndpointsAre("client"),
					drivers.IsEndpointSubscribedTo[Tock]("client"),
					drivers.Broadcast(Tock{}),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[Tock]]("tocks")),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.IsEndpointSubscribedTo[Tick]("server"),
					drivers.Checkpoint("connected"), // The client has sent nothing that the server could wait for.
					drivers.Broadcast(Tick{}),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/to-oneself-throws",
		Rule: "An endpoint that connects to itself gets a refused attempt.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Throws(drivers.ConnectToEndpoints(server), lahja.ErrConnectionAttemptRejected),
					drivers.ConnectedEndpointsAre()),
			}
		},
	},
	{
		Name: "connect/same-name-twice-throws",
		Rule: "Connecting to one name twice in one call is a refused attempt and connects to nobody.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Throws(drivers.ConnectToEndpoints(server, server), lahja.ErrConnectionAttemptRejected),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/lists-itself-first",
		Rule: "An endpoint counts as connected to itself, and lists itself before all others.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			first := env.Config("aaa")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(first), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("zzz"),
					drivers.IsConnectedTo("zzz"),
					drivers.ConnectToEndpoints(first),
					drivers.ExpectEndpointFunc("lists itself first", func(ep lahja.EndpointAPI) error {
						if peers := ep.Peers().Peers; len(peers) != 2 || peers[0].Name != "zzz" || peers[1].Name != "aaa" {
							return fmt.Errorf("want zzz and then aaa, got %v", peers)
						}
						return nil
					}),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/waits-for-listener",
		Rule: "Connecting waits for a listener that does not exist yet, and succeeds when it appears.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.CloseEndpoint(),
					drivers.Checkpoint("nobody listens"),
					drivers.Checkpoint("dialling"),
					drivers.RestartEndpoint(),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("nobody listens"),
					drivers.Throws(drivers.Within(50*time.Millisecond, drivers.ConnectToEndpoints(server)), context.DeadlineExceeded),
					drivers.Background("connect", drivers.ConnectToEndpoints(server)),
					drivers.Checkpoint("dialling"),
					drivers.Join("connect"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/gives-up",
		Rule: "Connecting to an address that nobody serves fails after the set time, with a deadline error.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client").WithListenWait(50*time.Millisecond),
					drivers.Throws(drivers.ConnectToEndpoints(env.Config("nobody")), context.DeadlineExceeded),
					drivers.ConnectedEndpointsAre()),
			}
		},
	},
	{
		Name: "connect/says-why-nobody-answered",
		Rule: "If nobody answers, the error of a connect says why, not only that the time was up.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				// Time enough for an attempt over a slow network to fail.
				drivers.New(drivers.RunEndpoint("client").WithListenWait(300*time.Millisecond),
					drivers.ThrowsAs(drivers.ConnectToEndpoints(env.Config("nobody")), hasACause)),
			}
		},
	},
	{
		Name: "connect/one-of-several-fails",
		Rule: "If one of several endpoints never listens, connecting to them is an error that names it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			ready, nobody := env.Config("ready"), env.Config("nobody")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(ready), drivers.Checkpoint("serving"), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client").WithListenWait(300*time.Millisecond), // Time enough for the one that is ready.
					drivers.Checkpoint("serving"),
					drivers.ThrowsAs(drivers.ConnectToEndpoints(ready, nobody), hasACause, mentions("nobody")),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/several-in-parallel",
		Rule: "When connecting to several endpoints, one that is ready does not wait for one that is not.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			late, ready := env.Config("late"), env.Config("ready")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(late),
					drivers.CloseEndpoint(),
					drivers.Checkpoint("late is away"),
					drivers.Checkpoint("ready is connected"),
					drivers.RestartEndpoint(),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(ready),
					drivers.WaitUntilConnectedTo("client"),
					drivers.Checkpoint("ready is connected"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("late is away"),
					drivers.ConnectToEndpoints(late, ready),
					drivers.ConnectedEndpointsAre("late", "ready"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "connect/second-of-one-name-throws",
		Rule: "A second endpoint with the name of a live connected peer is refused with the reason, and the peer stays.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("first is connected"),
					drivers.Checkpoint("second was refused"),
					drivers.WaitAnyThenBroadcast(Tick{N: 1})),
				drivers.New(drivers.RunEndpoint("twin"),
					drivers.ConnectToEndpoints(server),
					drivers.Checkpoint("first is connected"),
					drivers.Checkpoint("second was refused"),
					drivers.WaitFor(equals(Tick{N: 1}))).Named("first twin"),
				drivers.New(drivers.RunEndpoint("twin"),
					drivers.Checkpoint("first is connected"),
					drivers.Throws(drivers.ConnectToEndpoints(server), lahja.ErrConnectionAttemptRejected),
					drivers.ThrowsAs(drivers.ConnectToEndpoints(server), mentions(`"twin"`)),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("second was refused")).Named("second twin"),
			}
		},
	},
	{
		Name:  "connect/other-name-throws",
		Rule:  "An endpoint that finds an unexpected name at an address does not stay connected.",
		Needs: []engine.Need{engine.RawConnections},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Throws(drivers.ConnectToEndpoints(lahja.ConnectionConfig{Name: "other", Address: server.Address}),
						lahja.ErrConnectionAttemptRejected),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:  "connect/to-each-other-at-once",
		Rule:  "Two endpoints that dial each other at once end with one connection, which delivers everything once; neither call fails, except because they are already connected.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			dialler := func(self, other string) *drivers.Driver {
				ticks := drivers.NewSlot[*lahja.Stream[Tick]]("ticks")
				return drivers.New(drivers.ServeEndpoint(env.Config(self)),
					drivers.Repeat(10,
						drivers.Stream(ticks),
						drivers.Checkpoint("together"),
						drivers.Do("connect to "+other, func(ctx context.Context, s *drivers.Scope) error {
							err := s.Endpoint().ConnectToEndpoints(ctx, env.Config(other))
							if errors.Is(err, lahja.ErrConnectionAttemptRejected) && lahja.IsConnectedTo(s.Endpoint(), other) {
								return nil // The other one's attempt came first.
							}
							return err
						}),
						drivers.ConnectedEndpointsAre(other),
						drivers.BroadcastEach(5, tick, lahja.BroadcastConfig{FilterEndpoints: []string{other}}),
						drivers.Sync(other),
						drivers.Checkpoint("sent"),
						drivers.Drain(ticks, sequence(5, tick)),
						drivers.Checkpoint("counted"),
						drivers.RestartEndpoint()))
			}
			return []*drivers.Driver{dialler("left", "right"), dialler("right", "left")}
		},
	},
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
