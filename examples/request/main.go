package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// Find asks who wrote a book. The answer is an Author.
type Find struct {
	lahja.Expects[Author]
	Title string
}

// Author answers a Find. No name means that nobody knows.
type Author struct{ Name string }

// Types of package main choose their name on the wire.
func (Find) EventName() string   { return "request/find" }
func (Author) EventName() string { return "request/author" }

var books = map[string]string{"Emma": "Jane Austen"}

func run(ctx context.Context) error {
	options := &p2p.Options{Transport: memory.New()}
	config := lahja.ConnectionConfig{Name: "library", Address: "library"}
	library, err := p2p.ServeEndpoint(ctx, config, options)
	if err != nil {
		return err
	}
	defer library.Close()
	reader, err := p2p.RunEndpoint(ctx, "reader", options)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := reader.ConnectToEndpoints(ctx, config); err != nil {
		return err
	}

	_, err = lahja.Request(ctx, reader, Find{Title: "Emma"})
	if !errors.Is(err, lahja.ErrNoSubscribers) {
		return fmt.Errorf("want no subscribers, got %w", err)
	}
	fmt.Println("nobody answers yet")

	_, err = lahja.Subscribe(library, func(ctx context.Context, e lahja.Event[Find]) error {
		return e.Respond(ctx, Author{books[e.Data.Title]})
	})
	if err != nil {
		return err
	}
	if err := lahja.WaitUntilEndpointSubscribedTo[Find](ctx, reader, "library"); err != nil {
		return err
	}
	for _, title := range []string{"Emma", "Beowulf"} {
		author, err := lahja.Request(ctx, reader, Find{Title: title}) // an Event[Author]
		if err != nil {
			return err
		}
		if author.Data.Name == "" {
			fmt.Printf("%s: nobody knows who wrote %s\n", author.Origin(), title)
			continue
		}
		fmt.Printf("%s: %s was written by %s\n", author.Origin(), title, author.Data.Name)
	}
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
