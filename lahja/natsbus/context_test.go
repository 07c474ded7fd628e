package natsbus_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func TestQueriesLeaveNoTrace(t *testing.T) {
	s := start(t, nil)
	ep, err := natsbus.New("a", options(s))
	check(t, err)
	t.Cleanup(func() { ep.Close() })
	look := func() {
		lahja.IsConnectedTo(ep, "a")
		inspect.Endpoint(ep)
		lahja.GetSubscribedEvents(ep)
		if all, runs := lahja.AreAllEndpointsSubscribedTo[Tick](ep, true), len(ep.Peers().Peers) > 0; all && !runs {
			t.Error("all subscribe, and none runs")
		}
	}
	look()
	check(t, ep.Run(limited(t)))
	check(t, lahja.WaitUntilConnectedTo(limited(t), ep, "a"))
	stream[Tick](t, ep)
	check(t, lahja.WaitUntilAllEndpointsSubscribedTo[Tick](limited(t), ep, true))
	check(t, ep.Close())
	look()
}

func TestCallsFailOnceTheirContextHasEnded(t *testing.T) {
	s := start(t, nil)
	server := serve(t, "server", options(s))
	serve(t, "other", options(s))
	ep := run(t, "a", options(s), "server")
	_, err := lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error { return e.Respond(ctx, Pong{}) })
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), ep, "server"))
	stream[Tick](t, ep)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"WaitForChange":        func() error { _, err := ep.WaitForChange(over, 0); return err },
		"WaitUntilConnectedTo": func() error { return lahja.WaitUntilConnectedTo(over, ep, "a") },
		"Sync with itself":     func() error { return ep.Sync(over, "a") },
		"Sync with a peer":     func() error { return ep.Sync(over, "server") },
		"ConnectToEndpoints":   func() error { return ep.ConnectToEndpoints(over, lahja.ConnectionConfig{Name: "other"}) },
		"Broadcast":            func() error { return lahja.Broadcast(over, ep, Tick{}) },
		"Request":              func() error { _, err := lahja.Request(over, ep, Ping{}); return err },
	} {
		for range 50 {
			if err := call(); !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: got %v, want %v", name, err, context.Canceled)
			}
		}
	}
}
