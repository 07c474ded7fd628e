package lahja_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// Square asks for the square of a number.
type Square struct {
	lahja.Expects[Squared]
	N int
}

// Squared answers a Square.
type Squared struct{ N int }

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// bus opens a server and a client that is connected to it. End them with stop.
func bus() (server, client *p2p.Endpoint, stop func()) {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}
	server, err := p2p.ServeEndpoint(ctx, config, options)
	noError(err)
	client, err = p2p.RunEndpoint(ctx, "client", options)
	noError(err)
	noError(client.ConnectToEndpoints(ctx, config))
	return server, client, func() {
		noError(client.Close())
		noError(server.Close())
	}
}

// Two endpoints, a request and its typed answer, within one process.
func Example() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}

	server, err := p2p.ServeEndpoint(ctx, config, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "client", options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	if err := client.ConnectToEndpoints(ctx, config); err != nil {
		fmt.Println(err)
		return
	}

	_, err = lahja.Request(ctx, client, Square{N: 7})
	fmt.Println("nobody answers yet:", errors.Is(err, lahja.ErrNoSubscribers))

	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Square]) error {
		return e.Respond(ctx, Squared{N: e.Data.N * e.Data.N})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := lahja.WaitUntilEndpointSubscribedTo[Square](ctx, client, "server"); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := lahja.Request(ctx, client, Square{N: 7})
	fmt.Println(answer.Data.N, "from", answer.Origin(), err)
	// Output:
	// nobody answers yet: true
	// 49 from server <nil>
}

// A trace that came from outside goes on: into the handler, and back with the answer.
func ExampleWithTrace() {
	ctx := context.Background()
	server, err := p2p.RunEndpoint(ctx, "server", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Square]) error {
		trace, _ := lahja.TraceFrom(ctx)
		fmt.Println("handled in", trace.TraceID(), "for", e.Headers()["user"])
		return e.Respond(ctx, Squared{N: e.Data.N * e.Data.N})
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx = lahja.WithTrace(ctx, lahja.TraceContext{Parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	answer, err := lahja.Request(ctx, server, Square{N: 7}, lahja.BroadcastConfig{Headers: lahja.Headers{"user": "ann"}})
	trace, traced := answer.Trace()
	fmt.Println("answered in", trace.TraceID(), traced, err)
	// Output:
	// handled in 0af7651916cd43dd8448eb211c80319c for ann
	// answered in 0af7651916cd43dd8448eb211c80319c true <nil>
}

// The answers of all, a number of them, and those that come before a deadline.
func ExampleRequestAll() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	hub, err := p2p.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "hub", Address: "hub"}, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer hub.Close()
	for _, name := range []string{"ann", "bob", "idler"} {
		ep, err := p2p.RunEndpoint(ctx, name, options)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer ep.Close()
		_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Square]) error {
			if name == "idler" && e.Data.N > 2 {
				return nil // It answers no hard ones.
			}
			return e.Respond(ctx, Squared{N: e.Data.N * e.Data.N})
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := ep.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "hub", Address: "hub"}); err != nil {
			fmt.Println(err)
			return
		}
	}

	all := 0
	answers := lahja.RequestAll(ctx, hub, Square{N: 2})
	for answer := range answers.All() {
		if answer.Data.N == 4 {
			all++
		}
	}
	fmt.Println("all:", all, answers.Err())

	count := 0
	answers = lahja.RequestAll(ctx, hub, Square{N: 3})
	for range answers.All() {
		if count++; count == 2 {
			break
		}
	}
	fmt.Println("a count:", count, answers.Err())

	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	answers = lahja.RequestAll(ctx, hub, Square{N: 4})
	for answer := range answers.All() {
		_ = answer.Data.N // Use what came in time.
	}
	fmt.Println("a deadline:", answers.Err())
	// Output:
	// all: 3 <nil>
	// a count: 2 <nil>
	// a deadline: lahja: hub: request github.com/lahja/go-lahja/lahja_test.Square: no answer (github.com/lahja/go-lahja/lahja_test.Squared) from idler: context deadline exceeded
}

// A broadcast reaches everybody who subscribes to the event's type.
func ExampleBroadcast() {
	ctx := context.Background()
	server, client, stop := bus()
	defer stop()

	squares, err := lahja.NewStream[Squared](client)
	noError(err)
	noError(lahja.WaitUntilEndpointSubscribedTo[Squared](ctx, server, "client"))
	noError(lahja.Broadcast(ctx, server, Squared{N: 4}))
	e, err := squares.Next(ctx)
	fmt.Println(e.Data.N, "from", e.Origin(), err)
	// Output: 4 from server <nil>
}

// A filter names the only endpoints that may receive the event.
func ExampleBroadcastConfig() {
	ctx := context.Background()
	server, client, stop := bus()
	defer stop()

	own, err := lahja.NewStream[Squared](server)
	noError(err)
	squares, err := lahja.NewStream[Squared](client)
	noError(err)
	noError(lahja.WaitUntilEndpointSubscribedTo[Squared](ctx, server, "client"))
	noError(lahja.Broadcast(ctx, server, Squared{N: 9}, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}}))
	e, err := squares.Next(ctx)
	_, too := own.TryNext()
	fmt.Println("client:", e.Data.N, err)
	fmt.Println("server too:", too)
	// Output:
	// client: 9 <nil>
	// server too: false
}

// The request's Expects says which type the answer has.
func ExampleRequest() {
	ctx := context.Background()
	server, client, stop := bus()
	defer stop()

	_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Square]) error {
		return e.Respond(ctx, Squared{N: e.Data.N * e.Data.N})
	})
	noError(err)
	noError(lahja.WaitUntilEndpointSubscribedTo[Square](ctx, client, "server"))
	answer, err := lahja.Request(ctx, client, Square{N: 12})
	fmt.Println(answer.Data.N, "from", answer.Origin(), err)
	// Output: 144 from server <nil>
}

// The handler is called for one event at a time. Sync waits until it has handled them.
func ExampleSubscribe() {
	ctx := context.Background()
	server, _, stop := bus()
	defer stop()

	subscription, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Squared]) error {
		fmt.Println("got", e.Data.N)
		return nil
	})
	noError(err)
	defer subscription.Close()
	noError(lahja.Broadcast(ctx, server, Squared{N: 1}))
	noError(lahja.Broadcast(ctx, server, Squared{N: 4}))
	noError(server.Sync(ctx, "server"))
	fmt.Println("all handled")
	// Output:
	// got 1
	// got 4
	// all handled
}

// One member of a queue group receives each event. The members take turns.
func ExampleSubscribeConfig_group() {
	ctx := context.Background()
	server, _, stop := bus()
	defer stop()

	work := func(ctx context.Context, e lahja.Event[Squared]) error { return nil }
	group := lahja.SubscribeConfig{Group: "workers"}
	first, err := lahja.Subscribe(server, work, group)
	noError(err)
	second, err := lahja.Subscribe(server, work, group)
	noError(err)
	for n := range 4 {
		noError(lahja.Broadcast(ctx, server, Squared{N: n}))
	}
	noError(server.Sync(ctx, "server"))
	fmt.Println(first.Stats().Taken, second.Stats().Taken)
	// Output: 2 2
}

// A stream queues events from its creation on.
func ExampleNewStream() {
	ctx := context.Background()
	server, _, stop := bus()
	defer stop()

	squares, err := lahja.NewStream[Squared](server)
	noError(err)
	defer squares.Close()
	noError(lahja.Broadcast(ctx, server, Squared{N: 16}))
	e, err := squares.Next(ctx)
	fmt.Println(e.Data.N, err)
	// Output: 16 <nil>
}

// Check Err after the loop. It is nil if the loop broke.
func ExampleStream_All() {
	ctx := context.Background()
	server, _, stop := bus()
	defer stop()

	squares, err := lahja.NewStream[Squared](server)
	noError(err)
	for n := range 3 {
		noError(lahja.Broadcast(ctx, server, Squared{N: n * n}))
	}
	for e := range squares.All(ctx) {
		fmt.Println(e.Data.N)
		if e.Data.N == 4 {
			break
		}
	}
	fmt.Println(squares.Err())
	// Output:
	// 0
	// 1
	// 4
	// <nil>
}

// WaitFor subscribes, takes the next event, and unsubscribes.
func ExampleWaitFor() {
	ctx := context.Background()
	server, client, stop := bus()
	defer stop()

	sent := make(chan error, 1)
	go func() {
		noError(lahja.WaitUntilEndpointSubscribedTo[Squared](ctx, server, "client"))
		sent <- lahja.Broadcast(ctx, server, Squared{N: 25})
	}()
	e, err := lahja.WaitFor[Squared](ctx, client)
	fmt.Println(e.Data.N, err, <-sent)
	// Output: 25 <nil> <nil>
}

// An endpoint learns of a peer's subscription some time after the peer subscribed.
func ExampleWaitUntilAnyEndpointSubscribedTo() {
	ctx := context.Background()
	server, client, stop := bus()
	defer stop()

	fmt.Println("before:", lahja.IsAnyEndpointSubscribedTo[Squared](server))
	squares, err := lahja.NewStream[Squared](client)
	noError(err)
	defer squares.Close()
	noError(lahja.WaitUntilAnyEndpointSubscribedTo[Squared](ctx, server))
	fmt.Println("after:", lahja.IsAnyEndpointSubscribedTo[Squared](server))
	// Output:
	// before: false
	// after: true
}

// Headers travel beside the data.
func ExampleHeaders() {
	ctx := context.Background()
	server, _, stop := bus()
	defer stop()

	squares, err := lahja.NewStream[Squared](server)
	noError(err)
	noError(lahja.Broadcast(ctx, server, Squared{N: 36}, lahja.BroadcastConfig{Headers: lahja.Headers{"user": "ann"}}))
	e, err := squares.Next(ctx)
	fmt.Println(e.Data.N, "for", e.Headers()["user"], err)
	// Output: 36 for ann <nil>
}

// Match an error's kind with errors.Is. The rest is in the Error.
func ExampleError() {
	server, _, stop := bus()
	defer stop()

	err := lahja.Broadcast(context.Background(), server, Squared{N: 49})
	fmt.Println(errors.Is(err, lahja.ErrNoSubscribers), errors.Is(err, lahja.ErrLifecycle))
	var failed *lahja.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Op, "on", failed.Endpoint)
	}
	// Output:
	// true false
	// broadcast on server
}
