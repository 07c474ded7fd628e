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

// shutdownTable checks shutting down (lahja.Shutdowner).
var shutdownTable = []drivers.Scenario{
	{
		Name:  "close/shutdown-loses-nothing",
		Rule:  "An endpoint that shuts down gracefully first sends all its broadcasts.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return sendsBlobs(env, drivers.ShutdownEndpoint())
		},
	},
	{
		Name:  "close/shutdown-takes-what-is-under-way",
		Rule:  "An endpoint that shuts down gracefully still handles the events that peers broadcast to it before.",
		Slack: 4,
		Needs: []engine.Need{engine.Drain},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			handled := drivers.NewSlot[[]lahja.Event[Tick]]("handled")
			const n = 1000
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(drivers.Append(handled)),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.ShutdownEndpoint(),
					drivers.Gathered(handled, sequence(n, tick))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.BroadcastEach(n, tick),
					drivers.Checkpoint("sent"),
					drivers.WaitUntilDisconnectedFrom("server")),
			}
		},
	},
	{
		Name:  "close/shutdown-lets-handlers-finish",
		Rule:  "While an endpoint shuts down, a running handler continues and may answer, and nobody can connect.",
		Needs: []engine.Need{engine.Drain},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			running, proceed := make(chan struct{}), make(chan struct{})
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, ping lahja.Event[Ping]) error {
						close(running)
						select {
						case <-proceed:
							return ping.Respond(ctx, Pong{N: 1})
						case <-ctx.Done():
							return fmt.Errorf("the context of a handler that runs ended: %w", ctx.Err())
						}
					}),
					drivers.Do("wait for its handler", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, running) }),
					drivers.Background("shutdown", drivers.ShutdownEndpoint()),
					drivers.Do("wait until it serves no more", func(ctx context.Context, s *drivers.Scope) error {
						for lahja.IsServing(s.Endpoint()) {
							if err := s.Engine().Sleep(ctx, time.Millisecond); err != nil {
								return err
							}
						}
						return nil
					}),
					drivers.Checkpoint("shutting down"),
					drivers.Checkpoint("tried"),
					drivers.ExpectEndpointFunc("still runs", says(true, false, false)),
					drivers.Do("let the handler go on", func(context.Context, *drivers.Scope) error { close(proceed); return nil }),
					drivers.Join("shutdown"),
					drivers.ExpectEndpointFunc("has ended", says(false, false, true))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Ping]("server"),
					drivers.Within(time.Minute, drivers.Request(Ping{}, equals(Pong{N: 1})))), // The server should report the failure first.
				drivers.New(drivers.RunEndpoint("late"),
					drivers.Checkpoint("shutting down"),
					drivers.ThrowsAs[*lahja.Error](drivers.Within(50*time.Millisecond, drivers.ConnectToEndpoints(server))),
					drivers.ConnectedEndpointsAre(),
					drivers.Checkpoint("tried")),
			}
		},
	},
	{
		Name:  "close/shutdown-gives-up-in-time",
		Rule:  "A shutdown whose context ends closes the endpoint at once, and its error says what it gave up; a handler may still run, and the endpoint ends after it.",
		Needs: []engine.Need{engine.Drain},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			running, told, proceed := make(chan struct{}), make(chan struct{}), make(chan struct{})
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Subscribe(func(ctx context.Context, _ *drivers.Scope, _ lahja.Event[Tick]) error {
						close(running)
						<-ctx.Done()
						close(told)
						<-proceed
						return nil
					}),
					drivers.Do("wait for its handler", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, running) }),
					drivers.Do("shut down within 50 ms", func(ctx context.Context, s *drivers.Scope) error {
						return givesUpShutdown(ctx, s.Endpoint(), 50*time.Millisecond)
					}),
					drivers.Checkpoint("shut down"),
					drivers.ExpectEndpointFunc("has closed, with a handler that runs", says(false, false, false)),
					drivers.Do("wait until the handler was told", func(ctx context.Context, _ *drivers.Scope) error { return closedBefore(ctx, told) }),
					drivers.Do("let the handler go on", func(context.Context, *drivers.Scope) error { close(proceed); return nil }),
					drivers.Do("wait for the end", untilEnded),
					drivers.CloseEndpoint()),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.Broadcast(Tick{}),
					drivers.Checkpoint("shut down"),
					drivers.WaitUntilDisconnectedFrom("server"),
					drivers.Do("shut down when time is up", func(ctx context.Context, s *drivers.Scope) error {
						return givesUpShutdown(ctx, s.Endpoint(), -time.Second)
					}),
					drivers.Do("wait for the end", untilEnded),
					drivers.CloseEndpoint()),
			}
		},
	},
	{
		Name:  "close/shutdown-names-who-does-not-read",
		Rule:  "A shutdown that gives up a peer that does not read names that peer.",
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Checkpoint("serving"),
					drivers.WaitUntilConnectedTo("stalled"),
					fill(env, "stalled"),
					drivers.ThrowsAs(drivers.Do("shut down within 50 ms", func(ctx context.Context, s *drivers.Scope) error {
						ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
						defer cancel()
						return lahja.Shutdown(ctx, s.Endpoint())
					}), mentions("stalled")),
					drivers.Do("wait for the end", untilEnded),
					drivers.Checkpoint("done")),
				stalled("stalled", server, typeName[Blob]()),
			}
		},
	},
	{
		Name:  "close/within-its-linger",
		Rule:  "An endpoint closes within its linger time and without an error, even if a peer reads nothing.",
		Needs: []engine.Need{engine.RawConnections, engine.Backpressure},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server).WithLinger(50*time.Millisecond),
					drivers.Checkpoint("serving"),
					drivers.WaitUntilConnectedTo("stalled"),
					fill(env, "stalled"),
					drivers.CloseEndpoint(),
					drivers.ExpectEndpointFunc("has ended", says(false, false, true)),
					drivers.Checkpoint("done")),
				stalled("stalled", server, typeName[Blob]()),
			}
		},
	},
}

// givesUpShutdown expects a shutdown to fail because its time is up, to say more than that in its
// error, and to close the endpoint.
func givesUpShutdown(ctx context.Context, ep lahja.EndpointAPI, within time.Duration) error {
	short, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := lahja.Shutdown(short, ep)
	var detailed *lahja.Error
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &detailed) || detailed.Detail == "" {
		return fmt.Errorf("got %v, want %w with what was given up", err, context.DeadlineExceeded)
	}
	if err := lahja.Broadcast(ctx, ep, Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true}); !errors.Is(err, lahja.ErrLifecycle) {
		return fmt.Errorf("a broadcast after that: got %v, want %w", err, lahja.ErrLifecycle)
	}
	return nil
}

// untilEnded waits for the end of an endpoint that was shut down.
func untilEnded(ctx context.Context, s *drivers.Scope) error {
	if lahja.IsRunning(s.Endpoint()) {
		return errors.New("it says that it runs")
	}
	return closedBefore(ctx, lahja.Done(s.Endpoint()))
}
