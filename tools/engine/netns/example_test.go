package netns_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
)

// Drivers run on two hosts in turn. It takes Linux and the right to make namespaces.
func ExampleStart() {
	network, err := netns.Start(context.Background(), "east", "west")
	if errors.Is(err, netns.ErrUnavailable) {
		fmt.Println("not here:", err)
		return
	}
	if err != nil {
		panic(err)
	}
	defer network.Close()
	e := subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: subprocess.Hosts(network.Hosts())}
	fmt.Println(e.Name())
}
