package lahja_test

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
)

func TestClientRequestsFromServer(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server := n.serve("server")
		client := n.run("client")
		answer(t, server)
		n.connect(client, "server")
		got, err := lahja.Request(t.Context(), client, Ping{N: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got.Data.N != 2 || got.Origin() != "server" {
			t.Errorf("got %v, want 2 from server", got)
		}
	})
}

// answer has ep answer pings with the next number.
func answer(t *testing.T, ep lahja.EndpointAPI) {
	t.Helper()
	_, err := lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N + 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}
