package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// broadcastEventTable checks what can be an event, and what a broadcast gives it.
func broadcastEventTable() []d.Scenario {
	return []d.Scenario{
		d.Case("broadcast/no-struct-throws", "Only a struct or a pointer to one can be broadcast.",
			d.New(d.RunEndpoint("client"),
				d.Stream(ticks),
				d.Sequence(throwsForEach(lahja.ErrInvalid, map[string]any{
					"nil": nil, "a number": 1, "a text": "text", "a slice": []Tick{{1}}, "a map": map[string]int{"N": 1}, "a nil pointer": (*Tick)(nil),
				})...))),

		d.Case("broadcast/allowed-reaches-who-subscribes",
			"A broadcast that requires no subscribers still reaches every subscriber, with and without a filter.",
			d.New(d.ServeEndpoint("listens"), d.Stream(ticks), d.AwaitDriver("client"), d.Drain(ticks).InOrder(Tick{1}, Tick{2}, Tick{3})),
			d.New(d.ServeEndpoint("idles")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("listens", "idles"),
				d.WaitUntilEndpointSubscribedTo[Tick]("listens"),
				d.Broadcast(Tick{1}, evenToNobody),
				d.Broadcast(Tick{2}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"idles", "listens", "stranger"}}),
				d.Broadcast(Tick{3}, lahja.BroadcastConfig{AllowNoSubscribers: true, NoWait: true}),
				d.Broadcast(Tick{4}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"idles"}}),
				d.Sync("listens"))),

		d.Case("broadcast/one-id-everywhere",
			"An event has one type and one id at every receiver; ids count from 1 in each run and differ between runs; only an answer has the id of a request.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Stream(told),
				d.Repeat(2,
					d.Await("sent"),
					d.Do("compare the ids with those that the client was given", idsAreAsTold),
					d.Signal("compared"))),
			d.New(d.RunEndpoint("client"),
				d.Repeat(2,
					d.Stream(ticks),
					d.ConnectToEndpoints("server"),
					d.WaitUntilEndpointSubscribedTo[Leak]("server"),
					d.BroadcastEach(leaks, tick),
					d.CollectFrom(ticks, leaks).Then(tellIDs),
					d.Sync("server"),
					d.Signal("sent"),
					d.Await("compared"),
					d.RestartEndpoint()))).
			Varying("ids are random, and one endpoint sends them to another"),
	}
}

// throwsForEach broadcasts each value and expects the error.
func throwsForEach(want error, payloads map[string]any) []d.Action {
	var all []d.Action
	for _, what := range slices.Sorted(maps.Keys(payloads)) {
		all = append(all, d.Throws(d.Do("broadcast "+what, func(ctx context.Context, s *d.Scope) error {
			return lahja.Broadcast(ctx, s.Endpoint(), payloads[what], evenToNobody)
		}), want))
	}
	return all
}

// leaks is how many ids a client tells its server.
const leaks = 3

var (
	told    = d.NewSlot[*lahja.Stream[Leak]]("told")
	earlier = d.NewSlot[[]lahja.EventID]("earlier")
)

// tellIDs sends the ids of the client's own events to the server. They count up from 1, and differ
// from those of an earlier run.
func tellIDs(ctx context.Context, s *d.Scope, events []lahja.Event[Tick]) error {
	before, err := earlier.Load(s)
	for _, e := range before {
		if e.Instance == events[0].ID().Instance {
			return fmt.Errorf("the ids of two runs are of one instance: %s, %s", e, events[0].ID())
		}
	}
	ids := make([]lahja.EventID, 0, len(events))
	for i, e := range events {
		ids = append(ids, e.ID())
		if want := (lahja.EventID{Instance: ids[0].Instance, Sequence: uint64(i + 1)}); e.ID() != want {
			return fmt.Errorf("event %d has the id %s, want %s", i, e.ID(), want)
		}
	}
	for _, id := range ids {
		if err := lahja.Broadcast(ctx, s.Endpoint(), Leak{Instance: id.Instance, Sequence: id.Sequence}); err != nil {
			return err
		}
	}
	if err != nil { // There is no earlier run.
		return earlier.Save(ctx, s, ids)
	}
	return nil
}

// idsAreAsTold expects events with the announced ids.
func idsAreAsTold(_ context.Context, s *d.Scope) error {
	for i := range leaks {
		e, came := ticks.Get(s).TryNext()
		leak, saidSo := told.Get(s).TryNext()
		want := lahja.EventID{Instance: leak.Data.Instance, Sequence: leak.Data.Sequence}
		if !came || !saidSo || e.ID() != want || !e.Answers().IsZero() || e.Received().Type.Name != typeName[Tick]() {
			return fmt.Errorf("event %d came (%v) as %s with the id %s, answering %s; want %s with the id %s, answering nothing",
				i, came, e.Received().Type, e.ID(), e.Answers(), typeName[Tick](), want)
		}
	}
	return nil
}
