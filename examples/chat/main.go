package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func serve(ctx context.Context, dir string) error {
	config, err := lahja.ConfigFromName("alice", dir)
	if err != nil {
		return err
	}
	alice, err := p2p.ServeEndpoint(ctx, config, nil)
	if err != nil {
		return err
	}
	defer alice.Close()
	return chat(ctx, alice, "bob")
}

func join(ctx context.Context, dir string) error {
	config, err := lahja.ConfigFromName("alice", dir)
	if err != nil {
		return err
	}
	bob, err := p2p.RunEndpoint(ctx, "bob", nil)
	if err != nil {
		return err
	}
	defer bob.Close()
	if err := bob.ConnectToEndpoints(ctx, config); err != nil {
		return err
	}
	return chat(ctx, bob, "alice")
}

// both serves here, and starts this program again to join.
func both(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "chat-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	bob := exec.CommandContext(ctx, program, "join", dir)
	bob.Stdout, bob.Stderr = os.Stdout, os.Stderr
	ended := make(chan error, 1)
	go func() { ended <- endOther(bob.Run(), cancel) }()
	return errors.Join(endOther(serve(ctx, dir), cancel), <-ended)
}

// endOther ends the wait for a side that failed.
func endOther(err error, cancel func()) error {
	if err != nil {
		cancel()
	}
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 0:
		err = both(ctx)
	case len(args) == 2 && args[0] == "serve":
		err = serve(ctx, args[1])
	case len(args) == 2 && args[0] == "join":
		err = join(ctx, args[1])
	default:
		err = errors.New("usage: chat [serve DIR | join DIR]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}
