package natsbus_test

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

func TestClusterThatLosesAServerAnswersRequestsAndReportsWhatWasLost(t *testing.T) {
	servers, err := natstest.StartCluster(3)
	check(t, err)
	for _, s := range servers {
		t.Cleanup(s.Close)
	}
	var lost gaps
	o := options(servers[0])
	o.OnGap = lost.note
	hub := serve(t, "hub", o)
	ticks := stream[Tick](t, hub)
	_, err = lahja.Subscribe(hub, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N})
	})
	check(t, err)
	client := run(t, "client", options(servers[1]), "hub")
	const n = 3000
	for i := range n {
		if i == n/2 {
			servers[0].Stop()
		}
		check(t, lahja.Broadcast(limited(t), client, Tick{N: i}))
	}
	eventuallySync(t, client, "hub")
	eventuallySync(t, hub, "client")
	expectSum(t, drain(ticks), lost.of(nameOf[Tick](t)), n)
	if e, err := lahja.Request(limited(t), client, Ping{N: 1}); err != nil || e.Data.N != 1 {
		t.Errorf("got %v, %v; want 1", e, err)
	}
}
