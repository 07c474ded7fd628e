package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// errorsTable checks what errors say.
func errorsTable() []d.Scenario {
	return []d.Scenario{
		d.Case("errors/say-what-failed", "An error gives its kind, the operation, the endpoint, the event type and the peer.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(blobs),
				d.Subscribe(func(ctx context.Context, _ *d.Scope, ping lahja.Event[Ping]) error {
					return ping.Respond(ctx, Answer{})
				})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilEndpointSubscribedTo[Ping]("server"),
				d.Do("make calls that fail", func(ctx context.Context, s *d.Scope) error {
					return failEach(failingCalls(ctx, s.Endpoint(), s.Config("server")))
				}),
				d.CloseEndpoint(),
				d.Do("make calls when it has closed", func(ctx context.Context, s *d.Scope) error {
					return failEach(closedCalls(ctx, s.Endpoint(), s.Config("server")))
				}))),
	}
}

// failure is a call, and what its error must say. The operation must contain one of the words.
type failure struct {
	call
	op          []string
	event, peer string
	kind        error
}

func failingCalls(ctx context.Context, ep lahja.EndpointAPI, server lahja.ConnectionConfig) []failure {
	broadcast, request, connect := []string{"broadcast"}, []string{"request"}, []string{"connect"}
	send := func(payload any, config ...lahja.BroadcastConfig) func() error {
		return func() error { return lahja.Broadcast(ctx, ep, payload, config...) }
	}
	ask := func(config ...lahja.BroadcastConfig) func() error {
		return func() error { _, err := lahja.Request(ctx, ep, Ping{}, config...); return err }
	}
	expired, cancel := context.WithCancel(ctx)
	cancel()
	return []failure{
		{call{"broadcast to nobody", send(Tick{})}, broadcast, typeName[Tick](), "", lahja.ErrNoSubscribers},
		{call{"broadcast to a stranger", send(Blob{}, lahja.BroadcastConfig{FilterEndpoints: []string{"stranger"}})}, broadcast, typeName[Blob](), "", lahja.ErrNoSubscribers},
		{call{"broadcast what contradicts itself", send(Blob{}, lahja.BroadcastConfig{Internal: true, FilterEndpoints: []string{"server"}})}, broadcast, typeName[Blob](), "", lahja.ErrInvalid},
		{call{"broadcast what is too large", send(Blob{Data: make([]byte, lahja.DefaultMaxPayload+1)})}, broadcast, typeName[Blob](), "", lahja.ErrTooLarge},
		{call{"broadcast a number", send(1)}, []string{"broadcast", "type"}, "", "", lahja.ErrInvalid},
		{call{"broadcast too late", func() error { return lahja.Broadcast(expired, ep, Blob{}) }}, broadcast, typeName[Blob](), "", context.Canceled},
		{call{"request of nobody", func() error { _, err := lahja.Request(ctx, ep, Ask{}); return err }}, request, typeName[Ask](), "", lahja.ErrNoSubscribers},
		{call{"request with another answer", ask()}, request, typeName[Ping](), "server", lahja.ErrUnexpectedResponse},
		{call{"connect to a peer", func() error { return ep.ConnectToEndpoints(ctx, server) }}, connect, "", "server", lahja.ErrConnectionAttemptRejected},
		{call{"connect to itself", func() error { return ep.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "client"}) }}, connect, "", "client", lahja.ErrConnectionAttemptRejected},
		{call{"synchronise with a stranger", func() error { return ep.Sync(ctx, "stranger") }}, []string{"sync"}, "", "stranger", lahja.ErrRemoteDisconnected},
		{call{"subscribe with a bad name", func() error {
			_, err := lahja.NewStream[Tick](ep, lahja.SubscribeConfig{Group: "a/b"})
			return err
		}}, []string{"subscribe", "name"}, typeName[Tick](), "", lahja.ErrInvalid},
		{call{"wait too late", func() error { return lahja.WaitUntilConnectedTo(expired, ep, "stranger") }}, []string{"wait"}, "", "", context.Canceled},
	}
}

func closedCalls(ctx context.Context, ep lahja.EndpointAPI, server lahja.ConnectionConfig) []failure {
	return []failure{
		{call{"broadcast", func() error { return lahja.Broadcast(ctx, ep, Tick{}) }}, []string{"broadcast"}, typeName[Tick](), "", lahja.ErrLifecycle},
		{call{"request", func() error { _, err := lahja.Request(ctx, ep, Ping{}); return err }}, []string{"request"}, typeName[Ping](), "", lahja.ErrLifecycle},
		{call{"subscribe", func() error { _, err := lahja.NewStream[Tick](ep); return err }}, []string{"subscribe"}, typeName[Tick](), "", lahja.ErrLifecycle},
		{call{"connect", func() error { return ep.ConnectToEndpoints(ctx, server) }}, []string{"connect"}, "", "", lahja.ErrLifecycle},
		{call{"synchronise", func() error { return ep.Sync(ctx, "server") }}, []string{"sync"}, "", "", lahja.ErrLifecycle},
		{call{"wait for a change", func() error { _, err := ep.WaitForChange(ctx, 0); return err }}, []string{"wait"}, "", "", lahja.ErrLifecycle},
	}
}

// failEach makes calls on the endpoint "client" and checks their errors.
func failEach(calls []failure) error {
	for _, c := range calls {
		err := c.make()
		var said *lahja.Error
		switch {
		case !errors.Is(err, c.kind):
			return fmt.Errorf("%s: got %w, want %w", c.name, err, c.kind)
		case !errors.As(err, &said):
			return fmt.Errorf("%s: the error is no *lahja.Error but a %T: %w", c.name, err, err)
		case said.Endpoint != "client", said.Event != c.event, c.peer != "" && said.Peer != c.peer,
			!slices.ContainsFunc(c.op, func(word string) bool { return strings.Contains(said.Op, word) }):
			return fmt.Errorf("%s: the error is of operation %q of %q with event %q and peer %q; want %q of client with event %q and peer %q: %w",
				c.name, said.Op, said.Endpoint, said.Event, said.Peer, c.op, c.event, c.peer, err)
		}
	}
	return nil
}
