package scenarios

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// broadcastEventTable checks what can be an event, and what a broadcast gives it.
var broadcastEventTable = []drivers.Scenario{
	{
		Name: "broadcast/no-struct-throws",
		Rule: "Only a struct or a pointer to one can be broadcast.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Stream(streamOf("ticks")),
					drivers.Sequence(throwsForEach(lahja.ErrInvalid, map[string]any{
						"nil": nil, "a number": 1, "a text": "text", "a slice": []Tick{{N: 1}}, "a map": map[string]int{"N": 1}, "a nil pointer": (*Tick)(nil),
					})...)),
			}
		},
	},
	{
		Name: "broadcast/allowed-reaches-who-subscribes",
		Rule: "A broadcast that requires no subscribers still reaches every subscriber, with and without a filter.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			listens, idles := env.Config("listens"), env.Config("idles")
			ticks := streamOf("ticks")
			allowed := func(names ...string) lahja.BroadcastConfig {
				return lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: names}
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(listens),
					drivers.Stream(ticks),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(ticks, exactly(tick(1), tick(2), tick(3)))),
				drivers.New(drivers.ServeEndpoint(idles), drivers.Checkpoint("listening"), drivers.Checkpoint("sent")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(listens, idles),
					drivers.Broadcast(tick(1), allowed()),
					drivers.Broadcast(tick(2), allowed("idles", "listens", "stranger")),
					drivers.Broadcast(tick(3), lahja.BroadcastConfig{AllowNoSubscribers: true, NoWait: true}),
					drivers.Broadcast(tick(4), allowed("idles")),
					drivers.Sync("listens"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name:   "broadcast/one-id-everywhere",
		Rule:   "An event has one type and one id at every receiver; ids count from 1 in each run and differ between runs; only an answer has the id of a request.",
		Varies: "ids are random, and one endpoint sends them to another",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			const n = 3
			there, here, told := streamOf("there"), streamOf("here"), drivers.NewSlot[*lahja.Stream[Leak]]("told")
			earlier := drivers.NewSlot[[]lahja.EventID]("earlier")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(there),
					drivers.Stream(told),
					drivers.Repeat(2,
						drivers.Checkpoint("listening"),
						drivers.Checkpoint("sent"),
						drivers.Do("compare the ids with those that the client was given", func(ctx context.Context, s *drivers.Scope) error {
							return idsAreAsTold(n, there.Get(s), told.Get(s))
						}),
						drivers.Checkpoint("compared"))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Repeat(2,
						drivers.Stream(here),
						drivers.Checkpoint("listening"),
						drivers.ConnectToEndpoints(server),
						drivers.BroadcastEach(n, tick),
						drivers.CollectFrom(here, n, tellIDs(earlier)),
						drivers.Sync("server"),
						drivers.Checkpoint("sent"),
						drivers.Checkpoint("compared"),
						drivers.RestartEndpoint())),
			}
		},
	},
}

// throwsForEach broadcasts each value and expects the error.
func throwsForEach(want error, payloads map[string]any) []drivers.Action {
	var all []drivers.Action
	for _, what := range slices.Sorted(maps.Keys(payloads)) {
		all = append(all, drivers.Throws(drivers.Do("broadcast "+what, func(ctx context.Context, s *drivers.Scope) error {
			return lahja.Broadcast(ctx, s.Endpoint(), payloads[what], lahja.BroadcastConfig{AllowNoSubscribers: true})
		}), want))
	}
	return all
}

// tellIDs sends the ids of the client's own events to the server. They count up from 1, and differ
// from those of an earlier run.
func tellIDs(earlier *drivers.Slot[[]lahja.EventID]) drivers.On[[]lahja.Event[Tick]] {
	return func(ctx context.Context, s *drivers.Scope, events []lahja.Event[Tick]) error {
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
}

// idsAreAsTold expects n events with the announced ids.
func idsAreAsTold(n int, ticks *lahja.Stream[Tick], told *lahja.Stream[Leak]) error {
	for i := range n {
		e, came := ticks.TryNext()
		leak, saidSo := told.TryNext()
		want := lahja.EventID{Instance: leak.Data.Instance, Sequence: leak.Data.Sequence}
		if !came || !saidSo || e.ID() != want || !e.Answers().IsZero() || e.Received().Type.Name != typeName[Tick]() {
			return fmt.Errorf("event %d came (%v) as %s with the id %s, answering %s; want %s with the id %s, answering nothing",
				i, came, e.Received().Type, e.ID(), e.Answers(), typeName[Tick](), want)
		}
	}
	return nil
}
