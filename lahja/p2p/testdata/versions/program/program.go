// Package program is what the old and the new program do, each with its own versions of the
// event types.
package program

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Program is a version: its events, and its answer to a query.
type Program[R, L any, Q lahja.Requester[P], P any] struct {
	Reading R
	Level   L
	Query   Q
	Answer  func(Q) P
}

// Run serves or connects at a socket, as the command line says, and prints what it is told.
func (p Program[R, L, Q, P]) Run() {
	run := p.connect
	if os.Args[1] == "serve" {
		run = p.serve
	}
	if err := run(context.Background(), lahja.ConnectionConfig{Name: "server", Address: os.Args[2]}); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func options() *p2p.Options {
	return &p2p.Options{Logger: slog.New(slog.DiscardHandler), Observer: func(o lahja.Observation) {
		if o.Kind == lahja.TypesDiffer {
			fmt.Println("differs:", o.Err)
		}
	}}
}

func show[T any](_ context.Context, e lahja.Event[T]) error {
	fmt.Printf("received %+v\n", e.Data)
	return nil
}

// serve takes events and queries until its input ends.
func (p Program[R, L, Q, P]) serve(ctx context.Context, config lahja.ConnectionConfig) error {
	ep, err := p2p.ServeEndpoint(ctx, config, options())
	if err != nil {
		return err
	}
	defer ep.Close()
	if _, err := lahja.Subscribe(ep, show[R]); err != nil {
		return err
	}
	if _, err := lahja.Subscribe(ep, show[L]); err != nil {
		return err
	}
	if _, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Q]) error {
		fmt.Printf("asked %+v\n", e.Data)
		return e.Respond(ctx, p.Answer(e.Data))
	}); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func (p Program[R, L, Q, P]) connect(ctx context.Context, server lahja.ConnectionConfig) error {
	ep, err := p2p.RunEndpoint(ctx, "client", options())
	if err != nil {
		return err
	}
	defer ep.Close()
	if err := ep.ConnectToEndpoints(ctx, server); err != nil {
		return err
	}
	if err := lahja.Broadcast(ctx, ep, p.Reading); err != nil {
		return err
	}
	if err := ep.Sync(ctx, server.Name); err != nil {
		return err
	}
	answer, err := lahja.Request(ctx, ep, p.Query)
	if err != nil {
		return err
	}
	fmt.Printf("answered %+v\n", answer.Data)
	fmt.Println("error:", lahja.Broadcast(ctx, ep, p.Level))
	return ep.Sync(ctx, server.Name)
}
