package p2p_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// Reading is what the examples broadcast.
type Reading struct{ Celsius int }

var station = lahja.ConnectionConfig{Name: "station", Address: "station"}

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// An endpoint that others connect to. Port 0 lets the system choose, and Addr returns its
// choice.
func ExampleServeEndpoint() {
	config := lahja.ConnectionConfig{Name: "station", Address: "127.0.0.1:0"}
	ep, err := p2p.ServeEndpoint(context.Background(), config, &p2p.Options{Transport: tcp.Transport{}})
	noError(err)
	defer ep.Close()
	fmt.Println(ep, "has a port:", ep.Addr().(*net.TCPAddr).Port > 0)
	// Output: station (serving) has a port: true
}

// An endpoint that connects to another one.
func ExampleRunEndpoint() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	server, err := p2p.ServeEndpoint(ctx, station, options)
	noError(err)
	defer server.Close()

	client, err := p2p.RunEndpoint(ctx, "display", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, station))
	fmt.Println(client, "connected:", lahja.IsConnectedTo(client, "station"))
	// Output: display (running) connected: true
}

// Peers lists the endpoint itself first, and what everybody subscribes to.
func ExampleEndpoint_Peers() {
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "display", nil)
	noError(err)
	defer ep.Close()
	readings, err := lahja.NewStream[Reading](ep)
	noError(err)
	defer readings.Close()
	fmt.Println(ep.Peers())
	// Output: display subscribes to github.com/lahja/go-lahja/lahja/p2p_test.Reading
}

// Shutdown lets handlers finish and sends what is queued. Close does not wait that long.
func ExampleEndpoint_Shutdown() {
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "display", nil)
	noError(err)
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Reading]) error {
		fmt.Println(e.Data.Celsius, "°C")
		return nil
	})
	noError(err)
	noError(lahja.Broadcast(ctx, ep, Reading{Celsius: 21}))
	noError(ep.Shutdown(ctx))
	fmt.Println(ep)
	// Output:
	// 21 °C
	// display (closed)
}

// With another policy than Block, a peer that takes events too slowly delays nobody: it
// loses events.
func ExampleOptions_slowPeer() {
	ctx := context.Background()
	network := memory.New()
	server, err := p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: network, SlowPeer: lahja.DropNewest})
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{Transport: network})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, station))

	// This stream has room for one event, and nobody reads it.
	readings, err := lahja.NewStream[Reading](client, lahja.SubscribeConfig{QueueBytes: 1})
	noError(err)
	defer readings.Close()
	noError(lahja.WaitUntilEndpointSubscribedTo[Reading](ctx, server, "display"))
	for n := range 3 {
		noError(lahja.Broadcast(ctx, server, Reading{Celsius: n}))
	}
	fmt.Println("dropped:", server.Inspect().Totals.DroppedForPeers)
	// Output: dropped: 2
}

// An endpoint with Reconnect returns to a peer that starts again.
func ExampleOptions_reconnect() {
	ctx := context.Background()
	network := memory.New()
	server, err := p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: network})
	noError(err)
	client, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{
		Transport: network,
		Reconnect: &lahja.Backoff{Least: time.Millisecond},
	})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, station))

	noError(server.Close())
	noError(lahja.WaitUntilDisconnectedFrom(ctx, client, "station"))
	server, err = p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: network})
	noError(err)
	defer server.Close()
	fmt.Println("back:", lahja.WaitUntilConnectedTo(ctx, client, "station"))
	// Output: back: <nil>
}

// An observer sees what an endpoint does. It must not wait.
func ExampleOptions_observer() {
	ctx := context.Background()
	connected := make(chan string, 1)
	network := memory.New()
	server, err := p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: network, Observer: func(o lahja.Observation) {
		if o.Kind == lahja.Connected {
			connected <- o.Peer
		}
	}})
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{Transport: network})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, station))
	fmt.Println("connected:", <-connected)
	// Output: connected: display
}

// A handler's error does not end the subscription. It is reported, and the next event is
// handled.
func ExampleOptions_onHandlerError() {
	ctx := context.Background()
	failed := make(chan error, 1)
	ep, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{
		Logger:         slog.New(slog.DiscardHandler),
		OnHandlerError: func(e lahja.HandlerError) { failed <- e.Err },
	})
	noError(err)
	defer ep.Close()
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Reading]) error {
		return fmt.Errorf("cannot show %d °C", e.Data.Celsius)
	})
	noError(err)
	noError(lahja.Broadcast(ctx, ep, Reading{Celsius: 1000}))
	fmt.Println(<-failed)
	// Output: cannot show 1000 °C
}

// dialCounter is a transport of your own around another one: it counts connections.
type dialCounter struct {
	p2p.Transport
	dialled *atomic.Int64
}

func (c dialCounter) Dial(ctx context.Context, address string) (net.Conn, error) {
	c.dialled.Add(1)
	return c.Transport.Dial(ctx, address)
}

// A transport is two methods. What it adds to another one's is often a few lines.
func ExampleTransport() {
	ctx := context.Background()
	network := dialCounter{memory.New(), new(atomic.Int64)}
	server, err := p2p.ServeEndpoint(ctx, station, &p2p.Options{Transport: network})
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{Transport: network})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, station))
	fmt.Println("dialled:", network.dialled.Load())
	// Output: dialled: 1
}
