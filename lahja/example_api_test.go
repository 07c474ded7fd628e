package lahja_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// greet needs no implementation: it works on any EndpointAPI.
func greet(ctx context.Context, ep lahja.EndpointAPI) error {
	return lahja.Broadcast(ctx, ep, Squared{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})
}

// Accept the interface, and your code works point to point and over a broker.
func ExampleEndpointAPI() {
	server, _, stop := bus()
	defer stop()
	fmt.Println(server.Name(), greet(context.Background(), server))
	for _, peer := range server.Peers().Peers {
		fmt.Println("peer:", peer.Name)
	}
	// Output:
	// server <nil>
	// peer: server
	// peer: client
}

// An observer gets an Observation of everything that an endpoint does. It must not wait.
func ExampleObservation() {
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "alone", &p2p.Options{Observer: func(o lahja.Observation) {
		if o.Kind == lahja.EventHandled {
			fmt.Println(o.Kind, o.Event, "from", o.Peer)
		}
	}})
	noError(err)
	_, err = lahja.Subscribe(ep, func(context.Context, lahja.Event[Squared]) error { return nil })
	noError(err)
	noError(lahja.Broadcast(ctx, ep, Squared{N: 64}))
	noError(ep.Shutdown(ctx)) // It waits for the handler.
	// Output: handled github.com/lahja/go-lahja/lahja_test.Squared from alone
}
