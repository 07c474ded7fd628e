package p2p_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

func TestQueries(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		look := func(when string, want ...any) {
			t.Helper()
			got := []any{
				lahja.IsConnectedTo(server, "server"), lahja.IsConnectedTo(server, "client"),
				lahja.IsEndpointSubscribedTo[Tick](server, "client"), lahja.IsAnyEndpointSubscribedTo[Tick](server),
				lahja.AreAllEndpointsSubscribedTo[Tick](server, false), lahja.AreAllEndpointsSubscribedTo[Tick](server, true),
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", when, got, want)
			}
		}
		look("alone", true, false, false, false, true, false)
		own := stream[Tick](t, server)
		look("alone and subscribed", true, false, false, true, true, true)
		n.connect(client, "server")
		look("connected", true, true, false, true, false, false)
		theirs := stream[Tick](t, client)
		known(t, client)
		look("both subscribed", true, true, true, true, true, true)
		own.Close()
		look("the client subscribed", true, true, true, true, true, false)
		if got := fmt.Sprint(lahja.GetConnectedEndpointsAndSubscriptions(server)); got != "map[client:[test/tick] server:[]]" {
			t.Errorf("got %s", got)
		}
		if got := fmt.Sprint(lahja.GetSubscribedEvents(client)); got != "[test/tick]" {
			t.Errorf("got %s", got)
		}
		if first := server.Peers().Peers[0].Name; first != "server" {
			t.Errorf("%s is listed first, want the endpoint itself", first)
		}
		theirs.Close()
		check(t, client.Close())
		check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		look("alone again", true, false, false, false, true, false)
	})
}

func TestWaitsEndWithTheChangeTheyWaitFor(t *testing.T) {
	type wait func(ctx context.Context, ep lahja.EndpointAPI) error
	connect := func(t *testing.T, n *network, client *p2p.Endpoint) { n.connect(client, "server") }
	subscribe := func(t *testing.T, n *network, client *p2p.Endpoint) {
		stream[Tick](t, client)
		n.connect(client, "server")
	}
	for name, test := range map[string]struct {
		wait   wait
		change func(t *testing.T, n *network, client *p2p.Endpoint)
	}{
		"connected": {func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilConnectedTo(ctx, ep, "client")
		}, connect},
		"connections changed": {lahja.WaitUntilConnectionsChange, connect},
		"subscriptions":       {lahja.WaitUntilEndpointSubscriptionsChange, connect},
		"subscribed": {func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilEndpointSubscribedTo[Tick](ctx, ep, "client")
		}, subscribe},
		"any subscribed": {lahja.WaitUntilAnyEndpointSubscribedTo[Tick], subscribe},
		"all subscribed": {func(ctx context.Context, ep lahja.EndpointAPI) error {
			return lahja.WaitUntilAllEndpointsSubscribedTo[Blob](ctx, ep, true)
		}, func(t *testing.T, n *network, _ *p2p.Endpoint) { stream[Blob](t, n.server) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memoryNetwork(t)
				n.server = n.serve("server")
				client := n.run("client")
				ended := make(chan error, 1)
				go func() { ended <- test.wait(limited(t), n.server) }()
				synctest.Wait()
				select {
				case err := <-ended:
					t.Fatalf("it ended before the change: %v", err)
				default:
				}
				test.change(t, n, client)
				check(t, <-ended)
				check(t, client.Close())
				check(t, n.server.Close())
			})
		})
	}
}

func TestWaitThatTimesOutSaysWhatWasThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, client := n.serve("server"), n.run("client")
		stream[Pong](t, client)
		n.connect(client, "server")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		text := is(t, lahja.WaitUntilEndpointSubscribedTo[Tick](ctx, server, "client"), context.DeadlineExceeded)
		for _, want := range []string{"client subscribed to test/tick", "client subscribes to test/pong", "server subscribes to nothing"} {
			if !strings.Contains(text, want) {
				t.Errorf("got %q, want %q in it", text, want)
			}
		}
		check(t, client.Close())
		check(t, server.Close())
	})
}

func TestWaitForChangeReturnsWhatChangedMeanwhile(t *testing.T) {
	n := memoryNetwork(t)
	ep := n.run("a")
	before := ep.Peers()
	stream[Tick](t, ep)
	after, err := ep.WaitForChange(limited(t), before.Version)
	check(t, err)
	if after.Version <= before.Version || after.Own != before.Own+1 || after.Subscriptions <= before.Subscriptions || after.Connections != before.Connections {
		t.Errorf("from %+v to %+v", before, after)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ep.WaitForChange(ctx, after.Version)
	is(t, err, context.Canceled)
}
