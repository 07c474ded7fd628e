package natstest_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// A server within the test's process, on a free port.
func ExampleStart() {
	server, err := natstest.Start(nil)
	noError(err)
	defer server.Close()
	ep, err := natsbus.RunEndpoint(context.Background(), "client", &natsbus.Options{URL: server.URL()})
	noError(err)
	defer ep.Close()
	fmt.Println(ep)
	// Output: client (running)
}

// Endpoints on different servers of a cluster connect to each other.
func ExampleStartCluster() {
	ctx := context.Background()
	servers, err := natstest.StartCluster(2)
	noError(err)
	for _, server := range servers {
		defer server.Close()
	}
	config := lahja.ConnectionConfig{Name: "server"}
	server, err := natsbus.ServeEndpoint(ctx, config, &natsbus.Options{URL: servers[0].URL()})
	noError(err)
	defer server.Close()
	client, err := natsbus.RunEndpoint(ctx, "client", &natsbus.Options{URL: servers[1].URL()})
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, config))
	fmt.Println("connected:", lahja.IsConnectedTo(client, "server"))
	// Output: connected: true
}
