package bridge_test

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

func TestBothDirections(t *testing.T) {
	for _, d := range directions {
		t.Run(d.name, func(t *testing.T) {
			j := bus(t)
			server, client := d.open(j)
			answers(t, server)
			j.connect(client, "server")
			pong, err := lahja.Request(limited(t), client, Ping{N: 1})
			if err != nil || pong.Data.N != 2 || pong.Origin() != "server" {
				t.Fatal(pong, err)
			}
			ticks := stream[Tick](t, client)
			subscribed[Tick](t, server, "client")
			for i := range 10 {
				check(t, lahja.Broadcast(limited(t), server, Tick{N: i}))
			}
			check(t, server.Sync(limited(t), "client"))
			for i := range 10 {
				e, err := ticks.Next(limited(t))
				if err != nil || e.Data.N != i || e.Origin() != "server" {
					t.Fatal(e, err)
				}
			}
			check(t, client.Sync(limited(t), "server"))
			check(t, client.Close())
			check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "client"))
		})
	}
}

// answers lets an endpoint answer pings.
func answers(t *testing.T, ep lahja.EndpointAPI) {
	t.Helper()
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N + 1})
	})
	check(t, err)
}
