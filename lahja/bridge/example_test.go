package bridge_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// A client on a NATS server connects by name to a server on a socket, and neither knows of the
// bridge between them.
func ExampleStart() {
	ctx := context.Background()
	nats, err := natstest.Start(nil)
	noError(err)
	defer nats.Close()
	sockets, err := os.MkdirTemp("", "bridge")
	noError(err)
	defer os.RemoveAll(sockets)

	config := lahja.ConnectionConfig{Name: "server", Address: filepath.Join(sockets, "server.ipc")}
	server, err := p2p.ServeEndpoint(ctx, config, &p2p.Options{Transport: unix.Transport{}})
	noError(err)
	defer server.Close()
	pings, err := lahja.NewStream[Ping](server)
	noError(err)

	b, err := bridge.Start(ctx, bridge.Options{
		Sockets: sockets,
		NATS:    &natsbus.Options{URL: nats.URL()},
		Export:  []string{"server"}, // from sockets to NATS
		Import:  []string{"client"}, // from NATS to sockets
		Logger:  slog.New(slog.DiscardHandler),
	})
	noError(err)
	defer b.Close()

	client, err := natsbus.RunEndpoint(ctx, "client", &natsbus.Options{URL: nats.URL()})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server"}))
	noError(lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, client, "server"))
	noError(lahja.Broadcast(ctx, client, Ping{N: 7}))
	ping, err := pings.Next(ctx)
	fmt.Println(ping.Data.N, "from", ping.Origin(), err)
	// Output: 7 from client <nil>
}

// Run runs a bridge until its context ends: all that a program on each machine does.
func ExampleRun() {
	_ = func(ctx context.Context) error {
		return bridge.Run(ctx, bridge.Options{
			Sockets: "/run/lahja",
			NATS:    &natsbus.Options{URL: "nats://hub:4222"},
			Export:  []string{"orders", "stock*"},
			Import:  []string{"*"},
		})
	}
}
