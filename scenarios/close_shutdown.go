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

// shutdownTable checks shutting down (lahja.Shutdowner).
func shutdownTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("close/shutdown-loses-nothing", "An endpoint that shuts down gracefully first sends all its broadcasts.",
			func(env *d.Env) []*d.Driver { return sendsBlobs(env, d.ShutdownEndpoint()) }).WithSlack(4),

		d.Case("close/shutdown-takes-what-is-under-way",
			"An endpoint that shuts down gracefully still handles the events that peers broadcast to it before.",
			d.New(d.ServeEndpoint("server"),
				d.Subscribe(d.Append(handled)),
				d.Await("sent"),
				d.ShutdownEndpoint(),
				d.Gathered(handled).InOrder(d.Series(1000, tick)...)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.BroadcastEach(1000, tick),
				d.Signal("sent"),
				d.WaitUntilDisconnectedFrom("server"))).
			WithSlack(4).Needing(engine.Drain),

		d.CaseFunc("close/shutdown-lets-handlers-finish",
			"While an endpoint shuts down, a running handler continues and may answer, and nobody can connect.",
			func(*d.Env) []*d.Driver {
				running, proceed := make(chan struct{}), make(chan struct{})
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Subscribe(func(ctx context.Context, _ *d.Scope, ping lahja.Event[Ping]) error {
							close(running)
							select {
							case <-proceed:
								return ping.Respond(ctx, Pong{N: 1})
							case <-ctx.Done():
								return fmt.Errorf("the context of a handler that runs ended: %w", ctx.Err())
							}
						}),
						d.Do("wait for its handler", until(running)),
						d.Background("shutdown", d.ShutdownEndpoint()),
						d.Do("wait until it serves no more", func(ctx context.Context, s *d.Scope) error {
							for lahja.IsServing(s.Endpoint()) {
								if err := s.Engine().Sleep(ctx, time.Millisecond); err != nil {
									return err
								}
							}
							return nil
						}),
						d.Signal("shutting down"),
						d.AwaitDriver("late"),
						d.ExpectEndpointFunc("still runs", says(true, false, false)),
						d.Do("let the handler go on", closing(proceed)),
						d.Join("shutdown"),
						d.ExpectEndpointFunc("has ended", says(false, false, true))),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitUntilEndpointSubscribedTo[Ping]("server"),
						d.Within(time.Minute, d.Request(Ping{}).Returns(Pong{N: 1}))), // The server should report the failure first.
					d.New(d.RunEndpoint("late"),
						d.Await("shutting down"),
						d.ThrowsAs[*lahja.Error](d.Within(50*time.Millisecond, d.ConnectToEndpoints("server"))),
						d.ConnectedEndpointsAre()),
				}
			}).Needing(engine.Drain),

		d.CaseFunc("close/shutdown-gives-up-in-time",
			"A shutdown whose context ends closes the endpoint at once, and its error says what it gave up; a handler may still run, and the endpoint ends after it.",
			func(*d.Env) []*d.Driver {
				running, told, proceed := make(chan struct{}), make(chan struct{}), make(chan struct{})
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Subscribe(func(ctx context.Context, _ *d.Scope, _ lahja.Event[Tick]) error {
							close(running)
							<-ctx.Done()
							close(told)
							<-proceed
							return nil
						}),
						d.Do("wait for its handler", until(running)),
						d.Do("shut down within 50 ms", func(ctx context.Context, s *d.Scope) error {
							return givesUpShutdown(ctx, s.Endpoint(), 50*time.Millisecond)
						}),
						d.Signal("shut down"),
						d.ExpectEndpointFunc("has closed, with a handler that runs", says(false, false, false)),
						d.Do("wait until the handler was told", until(told)),
						d.Do("let the handler go on", closing(proceed)),
						d.Do("wait for the end", untilEnded),
						d.CloseEndpoint()),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitUntilEndpointSubscribedTo[Tick]("server"),
						d.Broadcast(Tick{}),
						d.Await("shut down"),
						d.WaitUntilDisconnectedFrom("server"),
						d.Do("shut down when time is up", func(ctx context.Context, s *d.Scope) error {
							return givesUpShutdown(ctx, s.Endpoint(), -time.Second)
						}),
						d.Do("wait for the end", untilEnded),
						d.CloseEndpoint()),
				}
			}).Needing(engine.Drain),

		d.Case("close/shutdown-names-who-does-not-read", "A shutdown that gives up a peer that does not read names that peer.",
			d.New(d.ServeEndpoint("server"),
				d.WaitUntilConnectedTo("stalled"),
				fill("stalled"),
				d.ThrowsAs(d.Do("shut down within 50 ms", func(ctx context.Context, s *d.Scope) error {
					ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
					defer cancel()
					return lahja.Shutdown(ctx, s.Endpoint())
				}), mentions("stalled")),
				d.Do("wait for the end", untilEnded)),
			stalled("stalled", "server", typeName[Blob]())).Needing(engine.RawConnections, engine.Backpressure),

		d.Case("close/within-its-linger",
			"An endpoint closes within its linger time and without an error, even if a peer reads nothing.",
			d.New(d.ServeEndpoint("server").WithLinger(50*time.Millisecond),
				d.WaitUntilConnectedTo("stalled"),
				fill("stalled"),
				d.CloseEndpoint(),
				d.ExpectEndpointFunc("has ended", says(false, false, true))),
			stalled("stalled", "server", typeName[Blob]())).Needing(engine.RawConnections, engine.Backpressure),
	}
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
func untilEnded(ctx context.Context, s *d.Scope) error {
	if lahja.IsRunning(s.Endpoint()) {
		return errors.New("it says that it runs")
	}
	return closedBefore(ctx, lahja.Done(s.Endpoint()))
}
