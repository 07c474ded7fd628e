package main

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

// WhoWrote asks for the author of a book.
type WhoWrote struct {
	lahja.Expects[Author]
	Book string
}

// EventName names the type in every binary.
func (WhoWrote) EventName() string { return "distributed/who-wrote" }

// Author answers WhoWrote.
type Author struct{ Name string }

// EventName names the type in every binary.
func (Author) EventName() string { return "distributed/author" }

// serve answers one reader until that reader is gone.
func serve(ctx context.Context, n *network) error {
	library, err := n.serve(ctx)
	if err != nil {
		return err
	}
	defer library.Close()
	asked := make(chan string, 1)
	_, err = lahja.Subscribe(library, func(ctx context.Context, e lahja.Event[WhoWrote]) error {
		asked <- e.Data.Book
		return e.Respond(ctx, Author{Name: "Jane Austen"})
	})
	if err != nil {
		return err
	}
	select {
	case book := <-asked:
		fmt.Println("library: somebody asked who wrote", book)
	case <-ctx.Done():
		return ctx.Err()
	}
	return lahja.WaitUntilDisconnectedFrom(ctx, library, "reader")
}

// join asks.
func join(ctx context.Context, n *network) error {
	reader, err := n.run(ctx)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := reader.ConnectToEndpoints(ctx, n.library); err != nil {
		return err
	}
	if err := lahja.WaitUntilEndpointSubscribedTo[WhoWrote](ctx, reader, n.library.Name); err != nil {
		return err
	}
	author, err := lahja.Request(ctx, reader, WhoWrote{Book: "Emma"})
	if err != nil {
		return err
	}
	fmt.Println("reader: Emma was written by", author.Data.Name)
	return nil
}
