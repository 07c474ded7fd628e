package scenarios

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// call is a call of the API.
type call struct {
	name string
	make func() error
}

// waiting is a call that waits until its context ends.
type waiting struct {
	name string
	wait func(ctx context.Context) error
}

// callEverything makes every call of the API except close, which has its own scenario.
func callEverything(ctx context.Context, ep lahja.EndpointAPI, other lahja.ConnectionConfig) error {
	ticks, err := lahja.NewStream[Tick](ep)
	if err != nil {
		return err
	}
	defer ticks.Close()
	sub, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tock]) error { return nil }, lahja.SubscribeConfig{Group: "tocks"})
	if err != nil {
		return err
	}
	calls := []call{
		{"broadcast", func() error { return lahja.Broadcast(ctx, ep, Tick{N: 1}) }},
		{"broadcast without waiting", func() error { return lahja.BroadcastNowait(ep, Tock{N: 1}) }},
		{"take from a stream", func() error { _, err := ticks.Next(ctx); return err }},
		{"connect", func() error { return ep.ConnectToEndpoints(ctx, other) }},
		{"wait until connected", func() error { return lahja.WaitUntilConnectedTo(ctx, ep, other.Name) }},
		{"wait until disconnected", func() error { return lahja.WaitUntilDisconnectedFrom(ctx, ep, "a stranger") }},
		{"wait until subscriptions are known", func() error { return lahja.WaitUntilSubscriptionsKnown(ctx, ep) }},
		{"wait until subscribed", func() error { return lahja.WaitUntilAnyEndpointSubscribedTo[Ask](ctx, ep) }},
		{"request", func() error { _, err := lahja.Request(ctx, ep, Ask{N: 1}); return err }},
		{"request all", func() error {
			all := lahja.RequestAll(ctx, ep, Ask{N: 1})
			answers := 0
			for range all.All() {
				answers++
			}
			if answers != 1 {
				return fmt.Errorf("%d answers came, want 1: %w", answers, all.Err())
			}
			return all.Err()
		}},
		{"wait until one subscribes", func() error { return lahja.WaitUntilEndpointSubscribedTo[Tick](ctx, ep, ep.Name()) }},
		{"look around", func() error { return lookAround(ep, other.Name) }},
		{"synchronise with a peer", func() error { return ep.Sync(ctx, other.Name) }},
		{"synchronise with oneself", func() error { return ep.Sync(ctx, ep.Name()) }},
		{"unsubscribe", func() error { sub.Close(); return nil }},
	}
	calls = append(calls, inVain(ctx, ep)...)
	for _, c := range calls {
		if err := c.make(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// inVain makes calls that wait in vain until their context ends.
func inVain(ctx context.Context, ep lahja.EndpointAPI) []call {
	waits := []waiting{
		{"wait for an event", func(ctx context.Context) error { _, err := lahja.WaitFor[Release](ctx, ep); return err }},
		{"wait until connections change", func(ctx context.Context) error { return lahja.WaitUntilConnectionsChange(ctx, ep) }},
		{"wait until subscriptions change", func(ctx context.Context) error { return lahja.WaitUntilEndpointSubscriptionsChange(ctx, ep) }},
		{"wait until all endpoints subscribe", func(ctx context.Context) error { return lahja.WaitUntilAllEndpointsSubscribedTo[Taken](ctx, ep, true) }},
	}
	var calls []call
	for _, w := range waits {
		calls = append(calls, call{w.name, func() error {
			for {
				short, cancel := context.WithTimeout(ctx, time.Millisecond)
				err := w.wait(short)
				cancel()
				if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
					return nil
				}
				if err != nil {
					return err
				}
				// Something has changed, for example what others subscribe to. The changes end at some point.
			}
		}})
	}
	return calls
}

// lookAround makes the calls that do not wait.
func lookAround(ep lahja.EndpointAPI, other string) error {
	_, listed := lahja.GetConnectedEndpointsAndSubscriptions(ep)[other]
	_, there := ep.Peers().Peer(other)
	switch {
	case !lahja.IsConnectedTo(ep, other), !listed, !there:
		return fmt.Errorf("it does not list %s", other)
	case len(lahja.GetSubscribedEvents(ep)) == 0:
		return errors.New("it subscribes to nothing")
	case !lahja.IsEndpointSubscribedTo[Tick](ep, ep.Name()), !lahja.IsAnyEndpointSubscribedTo[Tick](ep):
		return errors.New("it does not know its own subscription")
	case lahja.AreAllEndpointsSubscribedTo[Taken](ep, true):
		return errors.New("it lists subscriptions that nobody has")
	}
	inspect.Endpoint(ep) // Not every implementation can.
	return nil
}
