package inspect_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// Reading is what the examples broadcast.
type Reading struct{ Celsius int }

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// The state of an endpoint: who is connected, and what waits for them.
func ExampleEndpoint() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "station", Address: "station"}
	server, err := p2p.ServeEndpoint(ctx, config, options)
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "display", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, config))

	state, ok := inspect.Endpoint(client)
	fmt.Println(state.Name, ok)
	for _, peer := range state.Peers {
		fmt.Println(peer.Name, "dialled:", peer.Dialled, "waiting:", peer.Queue.Events)
	}
	// Output:
	// display true
	// station dialled: true waiting: 0
}

// Totals count from the beginning of the endpoint's run.
func ExampleTotals() {
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "display", nil)
	noError(err)
	defer ep.Close()
	readings, err := lahja.NewStream[Reading](ep)
	noError(err)
	for n := range 3 {
		noError(lahja.Broadcast(ctx, ep, Reading{Celsius: n}))
	}
	_, err = readings.Next(ctx)
	noError(err)

	state, _ := inspect.Endpoint(ep)
	fmt.Println("broadcast:", state.Totals.Broadcast, "taken:", state.Totals.Taken)
	for _, s := range state.Subscriptions {
		fmt.Println("queued:", s.Queued, "dropped:", s.Dropped, "when full:", s.WhenFull)
	}
	// Output:
	// broadcast: 3 taken: 1
	// queued: 2 dropped: 0 when full: block
}

// A window shows what a peer has not taken yet, and so why a broadcast waits.
func ExampleWindow() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "station", Address: "station"}
	server, err := p2p.ServeEndpoint(ctx, config, options)
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "display", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, config))
	readings, err := lahja.NewStream[Reading](client) // Nobody reads it.
	noError(err)
	defer readings.Close()
	noError(lahja.WaitUntilEndpointSubscribedTo[Reading](ctx, server, "display"))
	noError(lahja.Broadcast(ctx, server, Reading{Celsius: 21}))

	state, _ := inspect.Endpoint(server)
	peer := state.Peers[0]
	window := peer.Windows[0]
	fmt.Println("sent to", peer.Name+":", peer.Sent.Events, "event")
	fmt.Println("still under way:", window.UnderWay > 0, "and waiting:", window.Waiting)
	// Output:
	// sent to display: 1 event
	// still under way: true and waiting: 0
}
