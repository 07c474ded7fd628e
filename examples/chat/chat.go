package main

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Typing comes before a Line.
type Typing struct{}

// Line is something said.
type Line struct{ Text string }

// Types of package main choose their name on the wire.
func (Typing) EventName() string { return "chat/typing" }
func (Line) EventName() string   { return "chat/line" }

var dialogue = []struct{ who, text string }{
	{"alice", "Hello, Bob!"},
	{"bob", "Hello, Alice! How are you?"},
	{"alice", "Fine. Bye!"},
	{"bob", "Bye!"},
}

// chat takes part in the dialogue. The endpoint is connected, or about to be.
func chat(ctx context.Context, ep *p2p.Endpoint, other string) error {
	// A subscription calls its handler for every event.
	_, err := lahja.Subscribe(ep, func(_ context.Context, e lahja.Event[Typing]) error {
		fmt.Printf("%s: (%s is typing)\n", ep.Name(), e.Origin())
		return nil
	})
	if err != nil {
		return err
	}
	// A stream keeps events until they are taken.
	lines, err := lahja.NewStream[Line](ep)
	if err != nil {
		return err
	}
	if err := lahja.WaitUntilEndpointSubscribedTo[Line](ctx, ep, other); err != nil {
		return err
	}
	for _, next := range dialogue {
		if next.who == ep.Name() {
			err = say(ctx, ep, other, next.text)
		} else {
			err = hear(ctx, ep, lines)
		}
		if err != nil {
			return err
		}
	}
	return ep.Close() // It first sends the last event.
}

func say(ctx context.Context, ep *p2p.Endpoint, other, text string) error {
	to := lahja.BroadcastConfig{FilterEndpoints: []string{other}} // and not to itself
	if err := lahja.Broadcast(ctx, ep, Typing{}, to); err != nil {
		return err
	}
	// Handlers and streams do not wait for each other. Sync waits for handlers.
	if err := ep.Sync(ctx, other); err != nil {
		return err
	}
	return lahja.Broadcast(ctx, ep, Line{text}, to)
}

func hear(ctx context.Context, ep *p2p.Endpoint, lines *lahja.Stream[Line]) error {
	line, err := lines.Next(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s: %s says: %s\n", ep.Name(), line.Origin(), line.Data.Text)
	return err
}
