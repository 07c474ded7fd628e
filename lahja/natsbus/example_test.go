package natsbus_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// Double asks for twice a number.
type Double struct {
	lahja.Expects[Doubled]
	N int
}

// Doubled answers a Double.
type Doubled struct{ N int }

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// Endpoints on a NATS server find each other by name.
func ExampleServeEndpoint() {
	ctx := context.Background()
	nats, err := natstest.Start(nil)
	noError(err)
	defer nats.Close()
	options := &natsbus.Options{URL: nats.URL()}

	server, err := natsbus.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "doubler"}, options)
	noError(err)
	defer server.Close()
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Double]) error {
		return e.Respond(ctx, Doubled{N: 2 * e.Data.N})
	})
	noError(err)

	client, err := natsbus.RunEndpoint(ctx, "client", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "doubler"}))
	noError(lahja.WaitUntilEndpointSubscribedTo[Double](ctx, client, "doubler"))
	answer, err := lahja.Request(ctx, client, Double{N: 21})
	fmt.Println(answer.Data.N, "from", answer.Origin(), err)
	// Output: 42 from doubler <nil>
}

// Endpoints of different buses do not see each other, even on one server.
func ExampleOptions_bus() {
	ctx := context.Background()
	nats, err := natstest.Start(nil)
	noError(err)
	defer nats.Close()
	for _, bus := range []string{"blue", "green"} {
		ep, err := natsbus.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "server"}, &natsbus.Options{URL: nats.URL(), Bus: bus})
		noError(err)
		defer ep.Close()
		fmt.Println(bus, ep)
	}
	// Output:
	// blue server (serving)
	// green server (serving)
}

// Stats counts the messages that did not arrive. Without Observer or OnGap, look at it now
// and then.
func ExampleEndpoint_Stats() {
	ctx := context.Background()
	nats, err := natstest.Start(nil)
	noError(err)
	defer nats.Close()
	ep, err := natsbus.RunEndpoint(ctx, "client", &natsbus.Options{URL: nats.URL()})
	noError(err)
	defer ep.Close()
	stats := ep.Stats()
	fmt.Println("gaps:", stats.Gaps, "lost:", stats.Lost)
	// Output: gaps: 0 lost: 0
}
