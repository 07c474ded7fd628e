package lahja_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// Square asks for the square of a number.
type Square struct {
	lahja.Expects[Squared]
	N int
}

// Squared answers a Square.
type Squared struct{ N int }

// Two endpoints, a request and its typed answer, within one process.
func Example() {
	ctx := context.Background()
	options := &lahja.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}

	server, err := lahja.ServeEndpoint(ctx, config, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := lahja.RunEndpoint(ctx, "client", options)
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
	server, err := lahja.RunEndpoint(ctx, "server", nil)
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
	options := &lahja.Options{Transport: memory.New()}
	hub, err := lahja.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "hub", Address: "hub"}, options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer hub.Close()
	for _, name := range []string{"ann", "bob", "idler"} {
		ep, err := lahja.RunEndpoint(ctx, name, options)
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
