package core_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

func TestCoreTellsWhatItKnows(t *testing.T) {
	b, _ := newBus(t)
	ticks := stream[Tick](t, b)
	check(t, b.Broadcast(t.Context(), Tick{N: 1}, lahja.BroadcastConfig{}))
	check(t, b.Deliver(core.Incoming{Type: "test/tick", Origin: "other", Payload: []byte{0xa0}}))
	_, err := ticks.Next(limited(t))
	check(t, err)
	got := inspected(t, b)
	if got.Totals.Local != 1 || got.Totals.Received.Events != 1 || got.Totals.Taken != 1 || len(got.Subscriptions) != 1 || got.Subscriptions[0].Queued != 1 {
		t.Errorf("got %+v", got)
	}
	if len(got.Local) != 1 || got.Local[0].Type != "test/tick" {
		t.Errorf("got %+v under way to itself", got.Local)
	}
}
