package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// requestCallTable checks EndpointAPI.Request itself: when it returns, which endpoints it asks, and
// what it refuses.
var requestCallTable = []drivers.Scenario{
	{
		Name: "request/returns-when-queued",
		Rule: "A request returns before its answers and says whom it asked; each endpoint may answer several times until all have answered, and not after the request is closed.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			servers := env.Configs("a", "b")
			answers := drivers.NewSlot[lahja.Answers]("answers")
			all := []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("zoe"),
					drivers.Stream(pingsOf("own")),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(servers...),
					drivers.Do("request", func(ctx context.Context, s *drivers.Scope) error {
						return requestOf(ctx, s, lahja.BroadcastConfig{FilterEndpoints: []string{"b", "a", "zoe"}}, answers, "zoe", "a", "b")
					}),
					drivers.Checkpoint("a may answer"),
					drivers.Do("take two answers of a", func(ctx context.Context, s *drivers.Scope) error {
						return nextAre(ctx, answers.Get(s), Pong{N: 1, From: "a"}, Pong{N: 2, From: "a"})
					}),
					drivers.Checkpoint("b may answer"),
					drivers.Do("take the answer of b", func(ctx context.Context, s *drivers.Scope) error {
						return nextAre(ctx, answers.Get(s), Pong{N: 1, From: "b"})
					}),
					drivers.Do("close the answers", func(ctx context.Context, s *drivers.Scope) error {
						return closeAnswers(ctx, answers.Get(s))
					}),
					drivers.Do("request of itself alone", func(ctx context.Context, s *drivers.Scope) error {
						return requestOf(ctx, s, lahja.BroadcastConfig{Internal: true}, drivers.NewSlot[lahja.Answers]("own"), "zoe")
					}),
					drivers.Checkpoint("done")),
			}
			for i, server := range servers {
				pings, asked := pingsOf("pings"), drivers.NewSlot[lahja.Event[Ping]]("asked")
				answer := []drivers.Action{drivers.Respond(asked, Pong{N: 1, From: server.Name})}
				if i == 0 {
					answer = append(answer, drivers.Respond(asked, Pong{N: 2, From: server.Name}))
				}
				all = append(all, drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, asked.Save),
					drivers.Checkpoint(server.Name+" may answer"),
					drivers.Sequence(answer...),
					drivers.Checkpoint("done"),
					drivers.Drain(pings, exactly[Ping]())))
			}
			return all
		},
	},
	{
		Name: "request/nobody-there-throws",
		Rule: "A request that nobody can answer is an error, even if its config requires no subscribers; if somebody can, such a config changes nothing.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			throws := func(config lahja.BroadcastConfig) drivers.Action {
				return drivers.Throws(drivers.RequestWith(Ask{}, config), lahja.ErrNoSubscribers)
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.ServeRequests(func(lahja.Event[Ping]) Pong { return Pong{N: 1} }),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					throws(lahja.BroadcastConfig{AllowNoSubscribers: true}),
					throws(lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"server"}}),
					throws(lahja.BroadcastConfig{AllowNoSubscribers: true, Internal: true}),
					throws(lahja.BroadcastConfig{NoWait: true}),
					drivers.Throws(drivers.RequestWith(Ping{}, lahja.BroadcastConfig{Internal: true}), lahja.ErrNoSubscribers),
					drivers.RequestWith(Ping{}, lahja.BroadcastConfig{AllowNoSubscribers: true}, equals(Pong{N: 1})),
					drivers.RequestWith(Ping{}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"server", "stranger"}}, equals(Pong{N: 1})),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "request/checked-as-a-broadcast",
		Rule: "A request is refused for the same reasons as a broadcast, and then reaches nobody.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			pings := pingsOf("pings")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(pings),
					drivers.Stream(drivers.NewSlot[*lahja.Stream[LargePing]]("large")),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, respond[Ping](Pong{N: 1})),
					drivers.Checkpoint("done"),
					drivers.Drain(pings, exactly[Ping]())),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(server),
					drivers.Request(Ping{}, func(ctx context.Context, s *drivers.Scope, pong lahja.Event[Pong]) error {
						return refusedRequests(ctx, s.Endpoint(), pong)
					}),
					drivers.Sync("server"),
					drivers.Checkpoint("done")),
			}
		},
	},
}

// requestOf sends a Ping, keeps its answers, and expects it to go to these endpoints, in this order.
func requestOf(ctx context.Context, s *drivers.Scope, config lahja.BroadcastConfig, into *drivers.Slot[lahja.Answers], want ...string) error {
	pong, err := lahja.TypeOf[Pong]()
	if err != nil {
		return err
	}
	answers, err := s.Endpoint().Request(ctx, Ping{N: 1}, pong, config)
	if err != nil {
		return err
	}
	asked := slices.Clone(answers.Asked())
	if len(asked) > 1 {
		slices.Sort(asked[1:])
	}
	if !slices.Equal(asked, want) {
		return fmt.Errorf("the request says that it asked %v; want %s first, and then %v", answers.Asked(), want[0], want[1:])
	}
	return into.Save(ctx, s, answers)
}

// nextAre expects these answers next, in this order.
func nextAre(ctx context.Context, answers lahja.Answers, want ...Pong) error {
	for i, want := range want {
		r, err := answers.Next(ctx)
		if err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		if got := r.Data(); got != want || r.Origin != want.From || r.Type.Name != typeName[Pong]() {
			return fmt.Errorf("answer %d is %v of type %s from %s, want %v", i, got, r.Type, r.Origin, want)
		}
	}
	return nil
}

// closeAnswers closes answers twice, and expects no more of them.
func closeAnswers(ctx context.Context, answers lahja.Answers) error {
	answers.Close()
	answers.Close()
	if r, err := answers.Next(ctx); !errors.Is(err, lahja.ErrLifecycle) {
		return fmt.Errorf("answers that were closed gave %v and %w, want %w", r, err, lahja.ErrLifecycle)
	}
	return nil
}

// refusedRequests makes requests that must be refused.
func refusedRequests(ctx context.Context, ep lahja.EndpointAPI, received lahja.Event[Pong]) error {
	pong, err := lahja.TypeOf[Pong]()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		what    string
		payload any
		answer  lahja.EventType
		config  lahja.BroadcastConfig
		want    error
	}{
		{"a received event", received, pong, lahja.BroadcastConfig{AllowNoSubscribers: true}, lahja.ErrBind},
		{"a received event without its type", received.Received(), pong, lahja.BroadcastConfig{AllowNoSubscribers: true}, lahja.ErrBind},
		{"no struct", "text", pong, lahja.BroadcastConfig{AllowNoSubscribers: true}, lahja.ErrInvalid},
		{"nothing", nil, pong, lahja.BroadcastConfig{AllowNoSubscribers: true}, lahja.ErrInvalid},
		{"an event above the limit", LargePing{Data: make([]byte, lahja.DefaultMaxPayload+1)}, pong, lahja.BroadcastConfig{}, lahja.ErrTooLarge},
		{"no type of an answer", Ping{}, lahja.EventType{}, lahja.BroadcastConfig{}, lahja.ErrInvalid},
		{"an internal request to others", Ping{}, pong, lahja.BroadcastConfig{Internal: true, FilterEndpoints: []string{"server"}}, lahja.ErrInvalid},
		{"a request to one who is not there", Ping{}, pong, lahja.BroadcastConfig{FilterEndpoints: []string{"server", "stranger"}}, lahja.ErrNoSubscribers},
		{"a header without a key", Ping{}, pong, lahja.BroadcastConfig{Headers: lahja.Headers{"": "value"}}, lahja.ErrInvalid},
	} {
		if _, err := ep.Request(ctx, c.payload, c.answer, c.config); !errors.Is(err, c.want) {
			return fmt.Errorf("request with %s: got %w, want %w", c.what, err, c.want)
		}
	}
	return nil
}
