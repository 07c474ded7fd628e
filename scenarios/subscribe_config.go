package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// subscribeConfigTable checks how a subscription takes events.
func subscribeConfigTable() []d.Scenario {
	return []d.Scenario{
		d.Case("subscribe/config-outside-its-limits-throws",
			"A subscription with an invalid group, bound or policy is refused and subscribes to nothing.",
			d.New(d.RunEndpoint("client"),
				refusesConfig("a group that is no name", lahja.SubscribeConfig{Group: "a/b"}),
				refusesConfig("a bound below nothing", lahja.SubscribeConfig{QueueBytes: -1}),
				refusesConfig("a bound above the largest", lahja.SubscribeConfig{QueueBytes: lahja.MaxQueueBytes + 1}),
				refusesConfig("a policy that is none", lahja.SubscribeConfig{WhenFull: lahja.Disconnect + 1}),
				d.DoesNotHold(d.IsEndpointSubscribedTo[Tick]("client")))),

		d.CaseFunc("subscribe/end-is-told-to-the-handler",
			"Unsubscribing ends a running handler's context and waits for the handler; the end of the sender or of its context does not.",
			func(*d.Env) []*d.Driver {
				running, ended := make(chan struct{}), make(chan struct{})
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.Subscribe(func(ctx context.Context, _ *d.Scope, _ lahja.Event[Tick]) error {
							close(running)
							<-ctx.Done()
							close(ended)
							return nil
						}, first),
						d.Do("wait for its handler", until(running)),
						d.WaitUntilDisconnectedFrom("client"),
						d.Sleep(50*time.Millisecond), // Anything that would end it has done so by then.
						d.Do("look at its handler", func(context.Context, *d.Scope) error { return isOpen(ended) }),
						d.Unsubscribe(first),
						d.Do("look at its handler again", func(context.Context, *d.Scope) error {
							if isOpen(ended) == nil {
								return errors.New("unsubscribing did not wait for the handler")
							}
							return nil
						})),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitUntilEndpointSubscribedTo[Tick]("server"),
						d.Do("broadcast with a context that ends", func(ctx context.Context, s *d.Scope) error {
							ctx, cancel := context.WithCancel(ctx)
							defer cancel()
							return lahja.Broadcast(ctx, s.Endpoint(), Tick{})
						}),
						d.CloseEndpoint()),
				}
			}),

		d.CaseFunc("subscribe/narrow-queue-takes-what-is-larger",
			"An empty subscription queue takes an event larger than its bound, whatever its policy.",
			func(env *d.Env) []*d.Driver {
				large := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 64<<10, false)} }
				narrow := func(policy lahja.SlowPolicy, into *d.Slot[*lahja.Stream[Blob]]) d.Action {
					return d.StreamWith(lahja.SubscribeConfig{QueueBytes: 1, WhenFull: policy}, into)
				}
				take := func(i int, from *d.Slot[*lahja.Stream[Blob]]) d.Action {
					return d.NextFrom(from).Then(func(_ context.Context, _ *d.Scope, e lahja.Event[Blob]) error {
						return sameBlob(e.Data, large(i))
					})
				}
				blocks, newest := d.NewSlot[*lahja.Stream[Blob]]("blocks"), d.NewSlot[*lahja.Stream[Blob]]("newest")
				oldest := d.NewSlot[*lahja.Stream[Blob]]("oldest")
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						narrow(lahja.Block, blocks), narrow(lahja.DropNewest, newest), narrow(lahja.DropOldest, oldest),
						d.Signal("listening"),
						take(0, blocks), take(0, newest), take(0, oldest),
						d.Signal("taken"),
						take(1, blocks), take(1, newest), take(1, oldest)),
					d.New(d.RunEndpoint("client"),
						d.Await("listening"),
						d.ConnectToEndpoints("server"),
						d.Broadcast(large(0)),
						d.Await("taken"),
						d.Broadcast(large(1))),
				}
			}),
	}
}

// refusesConfig expects neither a stream nor a handler to be subscribed with a config.
func refusesConfig(what string, config lahja.SubscribeConfig) d.Action {
	return d.Do("subscribe with "+what, func(_ context.Context, s *d.Scope) error {
		stream, err := lahja.NewStream[Tick](s.Endpoint(), config)
		if !errors.Is(err, lahja.ErrInvalid) {
			stream.Close()
			return fmt.Errorf("a stream with %s: got %v, want %w", what, err, lahja.ErrInvalid)
		}
		_, err = lahja.Subscribe(s.Endpoint(), func(context.Context, lahja.Event[Tick]) error { return nil }, config)
		if !errors.Is(err, lahja.ErrInvalid) {
			return fmt.Errorf("a handler with %s: got %v, want %w", what, err, lahja.ErrInvalid)
		}
		return nil
	})
}

// isOpen fails if done is closed.
func isOpen(done <-chan struct{}) error {
	select {
	case <-done:
		return errors.New("the context of the handler has ended")
	default:
		return nil
	}
}
