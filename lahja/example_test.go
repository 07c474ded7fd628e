package lahja_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

func Example() {
	ctx := context.Background()
	opts := &lahja.Options{Transport: memory.New()} // nil means Unix sockets
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}

	server, err := lahja.ServeEndpoint(ctx, config, opts)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N + 1})
	})
	if err != nil {
		log.Fatal(err)
	}

	client, err := lahja.RunEndpoint(ctx, "client", opts)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if err := client.ConnectToEndpoints(ctx, config); err != nil {
		log.Fatal(err)
	}
	pong, err := lahja.Request(ctx, client, Ping{N: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pong.Data.N, "from", pong.Origin())
	// Output: 2 from server
}
