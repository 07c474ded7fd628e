package memory_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// Endpoints of one process, without sockets.
func ExampleNew() {
	ctx := context.Background()
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "server", Address: "any text"}
	server, err := p2p.ServeEndpoint(ctx, config, options)
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "client", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, config))
	fmt.Println("connected at", server.Addr())
	// Output: connected at any text
}

// A network also carries connections without the bus. A write does not wait for a reader.
func ExampleNetwork_Dial() {
	ctx := context.Background()
	network := memory.New()
	ln, err := network.Listen(ctx, "server")
	noError(err)
	defer ln.Close()
	conn, err := network.Dial(ctx, "server")
	noError(err)
	_, err = conn.Write([]byte("hello"))
	noError(err)
	noError(conn.Close())

	accepted, err := ln.Accept()
	noError(err)
	defer accepted.Close()
	text, err := io.ReadAll(accepted)
	fmt.Println(string(text), err)
	// Output: hello <nil>
}

// An address has one listener at a time.
func ExampleNetwork_Listen() {
	ctx := context.Background()
	network := memory.New()
	ln, err := network.Listen(ctx, "server")
	noError(err)
	defer ln.Close()
	_, err = network.Listen(ctx, "server")
	fmt.Println("in use:", errors.Is(err, syscall.EADDRINUSE))
	// Output: in use: true
}
