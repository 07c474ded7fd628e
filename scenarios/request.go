package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// Requests: each gets the first answer to it, or an error.
var requestTable = slices.Concat(answeredTable, allAnswersTable, requestCallTable, unansweredTable)

// answeredTable checks answers.
var answeredTable = []drivers.Scenario{
	{
		Name: "request/response",
		Rule: "A request gets the response of an endpoint that serves it.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ServeRequest(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N + 1} })),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
					drivers.Request(Ping{N: 4}, equals(Pong{N: 5}))),
			}
		},
	},
	{
		Name: "request/many-at-once",
		Rule: "Each of many concurrent requests gets its own answer, in whatever order the answers come.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pings := drivers.NewSlot[*lahja.Stream[Ping]]("pings")
			const n = 100
			backwards := func(ctx context.Context, _ *drivers.Scope, requests []lahja.Event[Ping]) error {
				for _, ping := range slices.Backward(requests) {
					if err := ping.Respond(ctx, Pong{N: ping.Data.N}); err != nil {
						return err
					}
				}
				return nil
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.CollectFrom(pings, n, backwards)),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Parallel(each(n, func(i int) drivers.Action {
						return drivers.Request(Ping{N: i}, equals(Pong{N: i}))
					})...)),
			}
		},
	},
	{
		Name: "request/answer-goes-to-origin-alone",
		Rule: "An answer goes only to the request's origin, even if others subscribe to its type.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					servesPings(),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("answered"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Request(Ping{N: 1}, equals(Pong{N: 1})),
					drivers.Checkpoint("answered")),
				drivers.New(drivers.RunEndpoint("bystander"),
					drivers.ConnectToEndpoints(server),
					drivers.ReceivesNothing[Pong](
						drivers.WaitUntilSubscriptionsKnown(),
						drivers.Checkpoint("listening"),
						drivers.Checkpoint("answered")),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:   "request/answer-carries-its-id",
		Rule:   "An answer has the id of its request, which no other request has.",
		Varies: "the answers carry the ids of the requests",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pongs := drivers.NewSlot[[]lahja.Event[Pong]]("pongs")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{From: ping.ID().String()} }),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[Ping](),
					drivers.Repeat(10, drivers.Request(Ping{}, drivers.Append(pongs))),
					drivers.Gathered(pongs, answersDiffer(10)),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name:   "request/id-cannot-be-guessed",
		Rule:   "Request ids are far from all other ids, so nobody can guess one from another.",
		Varies: "ids are random",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pings, ticks := drivers.NewSlot[[]lahja.Event[Ping]]("pings"), streamOf("ticks")
			const n = 10
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(ticks),
					drivers.Subscribe(func(ctx context.Context, s *drivers.Scope, ping lahja.Event[Ping]) error {
						if err := drivers.Append(pings)(ctx, s, ping); err != nil {
							return err
						}
						return ping.Respond(ctx, Pong{N: ping.Data.N})
					}),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("asked"),
					drivers.NextFrom(ticks, func(_ context.Context, s *drivers.Scope, e lahja.Event[Tick]) error {
						return farApart(e.ID(), pings.Get(s))
					})),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Broadcast(Tick{}),
					drivers.Sequence(each(n, func(i int) drivers.Action { return drivers.Request(Ping{N: i}, equals(Pong{N: i})) })...),
					drivers.Checkpoint("asked")),
			}
		},
	},
	{
		Name: "request/first-answer-wins",
		Rule: "A request takes its first answer; a later one does not answer the next request.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			quick, slow := env.Config("quick"), env.Config("slow")
			pings := drivers.NewSlot[*lahja.Stream[Ping]]("pings")
			late := drivers.NewSlot[lahja.Event[Ping]]("late")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(quick),
					drivers.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N, From: "quick"} }),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(slow),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, late.Save),
					drivers.Checkpoint("answered"),
					drivers.Respond(late, Pong{N: 1, From: "slow"}),
					drivers.NextFrom(pings, respond[Ping](Pong{N: 2, From: "slow"})),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(quick, slow),
					drivers.Request(Ping{N: 1}, equals(Pong{N: 1, From: "quick"})),
					drivers.Checkpoint("answered"),
					drivers.RequestWith(Ping{N: 2}, lahja.BroadcastConfig{FilterEndpoints: []string{"slow"}},
						equals(Pong{N: 2, From: "slow"})),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "request/to-named-endpoint",
		Rule: "If a request's filter names one of two servers, that one answers.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			client := drivers.New(drivers.RunEndpoint("client"),
				drivers.Checkpoint("serving"),
				drivers.ConnectToEndpoints(env.Configs("a", "b")...),
				drivers.RequestWith(Ping{}, lahja.BroadcastConfig{FilterEndpoints: []string{"b"}}, equals(Pong{From: "b"})),
				drivers.RequestWith(Ping{}, lahja.BroadcastConfig{FilterEndpoints: []string{"a"}}, equals(Pong{From: "a"})),
				drivers.Checkpoint("done"))
			server := func(name string) *drivers.Driver {
				return drivers.New(drivers.ServeEndpoint(env.Config(name)),
					drivers.ServeRequests(func(lahja.Event[Ping]) Pong { return Pong{From: name} }),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done"))
			}
			return []*drivers.Driver{client, server("a"), server("b")}
		},
	},
	{
		Name: "request/to-oneself",
		Rule: "An endpoint can answer its own request, even with an internal answer.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			internal := func(ctx context.Context, s *drivers.Scope, ask lahja.Event[Ask]) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Answer{N: ask.Data.N}, ask.BroadcastConfig(true))
			}
			return []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					servesPings(),
					drivers.Subscribe(internal),
					drivers.Request(Ping{N: 1}, equals(Pong{N: 1})),
					drivers.Request(Ask{N: 2}, equals(Answer{N: 2}))),
			}
		},
	},
	{
		Name:  "request/large-answers",
		Rule:  "Answers of a megabyte arrive whole, each at its own request.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 512<<10, i%2 == 1)} }
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ServeRequests(func(ask lahja.Event[LargeAsk]) Blob { return blob(ask.Data.N) }),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilAnyEndpointSubscribedTo[LargeAsk](),
					drivers.Parallel(each(8, func(i int) drivers.Action {
						return drivers.Request(LargeAsk{N: i}, func(_ context.Context, _ *drivers.Scope, e lahja.Event[Blob]) error {
							if want := blob(i); e.Data.N != i || !slices.Equal(e.Data.Data, want.Data) {
								return fmt.Errorf("request %d got blob %d with other bytes than were sent", i, e.Data.N)
							}
							return nil
						})
					})...),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// farApart expects the sequence numbers of requests, and that of an event, to be far from each other.
func farApart(event lahja.EventID, requests []lahja.Event[Ping]) error {
	const near = 1 << 20
	sequences := []uint64{event.Sequence}
	for _, r := range requests {
		sequences = append(sequences, r.ID().Sequence)
	}
	slices.Sort(sequences)
	for i, s := range sequences[1:] {
		if s-sequences[i] < near {
			return fmt.Errorf("two of these sequences can be guessed from each other: %d", sequences)
		}
	}
	return nil
}

// answersDiffer expects answers to n requests, each with the id of the request that it names.
func answersDiffer(n int) drivers.On[[]lahja.Event[Pong]] {
	return func(_ context.Context, _ *drivers.Scope, pongs []lahja.Event[Pong]) error {
		seen := map[lahja.EventID]bool{}
		for _, pong := range pongs {
			if pong.Answers().String() != pong.Data.From {
				return fmt.Errorf("the answer to request %s carries %s", pong.Data.From, pong.Answers())
			}
			seen[pong.Answers()] = true
		}
		if len(seen) != n {
			return errors.New("two requests had one id")
		}
		return nil
	}
}
