package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// answeredTable checks answers.
func answeredTable() []d.Scenario {
	return []d.Scenario{
		d.Case("request/response", "A request gets the response of an endpoint that serves it.",
			d.New(d.ServeEndpoint("server"),
				d.ServeRequest(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N + 1} })),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitAnyThenRequest(Ping{N: 4}).Returns(Pong{N: 5}))),

		d.Case("request/many-at-once",
			"Each of many concurrent requests gets its own answer, in whatever order the answers come.",
			d.New(d.ServeEndpoint("server"),
				d.Collect[Ping](100).Then(answerBackwards)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Parallel(d.Series(100, func(i int) d.Action { return d.Request(Ping{N: i}).Returns(Pong{N: i}) })...))),

		d.Case("request/answer-goes-to-origin-alone",
			"An answer goes only to the request's origin, even if others subscribe to its type.",
			d.New(d.ServeEndpoint("server"), servesPings()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.Await("listening"),
				d.WaitAnyThenRequest(Ping{N: 1}).Returns(Pong{N: 1})),
			d.New(d.RunEndpoint("bystander"),
				d.ConnectToEndpoints("server"),
				d.ReceivesNothing[Pong](d.Signal("listening"), d.AwaitDriver("client")))),

		d.Case("request/answer-carries-its-id", "An answer has the id of its request, which no other request has.",
			d.New(d.ServeEndpoint("server"),
				d.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{From: ping.ID().String()} })),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Repeat(10, d.Request(Ping{}).Then(d.Append(pongs))),
				d.Gathered(pongs).Then(answersDiffer(10)))).Varying("the answers carry the ids of the requests"),

		d.Case("request/id-cannot-be-guessed",
			"Request ids are far from all other ids, so nobody can guess one from another.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(ticks),
				d.Serve(func(ctx context.Context, s *d.Scope, ping lahja.Event[Ping]) (Pong, error) {
					return Pong{}, d.Append(gatheredPings)(ctx, s, ping)
				}).Times(10),
				d.NextFrom(ticks).Then(farApart)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				d.Broadcast(Tick{}),
				d.Repeat(10, d.Request(Ping{}).Returns(Pong{})))).Varying("ids are random"),

		d.Case("request/first-answer-wins",
			"A request takes its first answer; a later one does not answer the next request.",
			d.New(d.ServeEndpoint("quick"), servesPingsAs("quick")),
			d.New(d.ServeEndpoint("slow"),
				d.Stream(pings),
				d.NextFrom(pings).Into(asked),
				d.Await("answered"),
				d.Respond(asked, Pong{N: 1, From: "slow"}),
				d.NextFrom(pings).Into(asked),
				d.Respond(asked, Pong{N: 2, From: "slow"})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("quick", "slow"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](false),
				d.Request(Ping{N: 1}).Returns(Pong{N: 1, From: "quick"}),
				d.Signal("answered"),
				d.RequestWith(Ping{N: 2}, only("slow")).Returns(Pong{N: 2, From: "slow"}))),

		d.Case("request/to-named-endpoint", "If a request's filter names one of two servers, that one answers.",
			d.New(d.ServeEndpoint("a"), servesPingsAs("a")),
			d.New(d.ServeEndpoint("b"), servesPingsAs("b")),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("a", "b"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](false),
				d.RequestWith(Ping{}, only("b")).Returns(Pong{From: "b"}),
				d.RequestWith(Ping{}, only("a")).Returns(Pong{From: "a"}))),

		d.Case("request/to-oneself", "An endpoint can answer its own request, even with an internal answer.",
			d.New(d.RunEndpoint("client"),
				servesPings(),
				d.Subscribe(func(ctx context.Context, s *d.Scope, ask lahja.Event[Ask]) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Answer{N: ask.Data.N}, ask.BroadcastConfig(true))
				}),
				d.Request(Ping{N: 1}).Returns(Pong{N: 1}),
				d.Request(Ask{N: 2}).Returns(Answer{N: 2}))),

		d.CaseFunc("request/large-answers",
			"Answers of a megabyte arrive whole, each at its own request.",
			func(env *d.Env) []*d.Driver {
				blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 512<<10, i%2 == 1)} }
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"),
						d.ServeRequests(func(ask lahja.Event[LargeAsk]) Blob { return blob(ask.Data.N) })),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitUntilAnyEndpointSubscribedTo[LargeAsk](),
						d.Parallel(d.Series(8, func(i int) d.Action {
							return d.Request(LargeAsk{N: i}).Then(func(_ context.Context, _ *d.Scope, e lahja.Event[Blob]) error {
								return sameBlob(e.Data, blob(i))
							})
						})...)),
				}
			}).WithSlack(4),
	}
}

// Several requests, and the answers to several.
var (
	gatheredPings = d.NewSlot[[]lahja.Event[Ping]]("pings")
	pongs         = d.NewSlot[[]lahja.Event[Pong]]("pongs")
)

// servesPingsAs answers each Ping with the Pong of its number and a name.
func servesPingsAs(name string) d.Action {
	return d.ServeRequests(func(ping lahja.Event[Ping]) Pong { return Pong{N: ping.Data.N, From: name} })
}

func answerBackwards(ctx context.Context, _ *d.Scope, requests []lahja.Event[Ping]) error {
	for _, ping := range slices.Backward(requests) {
		if err := ping.Respond(ctx, Pong{N: ping.Data.N}); err != nil {
			return err
		}
	}
	return nil
}

// farApart expects the sequence numbers of the requests that were gathered, and that of an event, to be
// far from each other.
func farApart(_ context.Context, s *d.Scope, event lahja.Event[Tick]) error {
	const near = 1 << 20
	sequences := []uint64{event.ID().Sequence}
	for _, ping := range gatheredPings.Get(s) {
		sequences = append(sequences, ping.ID().Sequence)
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
func answersDiffer(n int) d.On[[]lahja.Event[Pong]] {
	return func(_ context.Context, _ *d.Scope, pongs []lahja.Event[Pong]) error {
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
