package unix_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// An address is the path of a socket. ConfigFromName makes one from a directory and a name.
func ExampleTransport() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	noError(err)
	defer os.RemoveAll(dir)
	config, err := lahja.ConfigFromName("server", dir)
	noError(err)

	options := &p2p.Options{Transport: unix.Transport{}}
	server, err := p2p.ServeEndpoint(ctx, config, options)
	noError(err)
	defer server.Close()
	client, err := p2p.RunEndpoint(ctx, "client", options)
	noError(err)
	defer client.Close()
	noError(client.ConnectToEndpoints(ctx, config))
	info, err := os.Stat(config.Address)
	noError(err)
	fmt.Println(filepath.Base(config.Address), "for its owner alone:", info.Mode().Perm() == 0o600)
	// Output: server.ipc for its owner alone: true
}

// A listener never takes a path from a live one.
func ExampleTransport_Listen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	noError(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "server.ipc")

	ln, err := unix.Transport{}.Listen(ctx, path)
	noError(err)
	_, err = unix.Transport{}.Listen(ctx, path)
	fmt.Println("in use:", errors.Is(err, syscall.EADDRINUSE))
	noError(ln.Close())
	_, err = unix.Transport{}.Dial(ctx, path)
	fmt.Println("nobody listens:", errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED))
	// Output:
	// in use: true
	// nobody listens: true
}
