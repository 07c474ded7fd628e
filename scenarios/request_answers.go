package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// requestCallTable checks EndpointAPI.Request itself: when it returns, which endpoints it asks, and
// what it refuses.
func requestCallTable() []d.Scenario {
	return []d.Scenario{
		d.Case("request/returns-when-queued",
			"A request returns before its answers and says whom it asked; each endpoint may answer several times until all have answered, and not after the request is closed.",
			answering("a", d.Respond(asked, Pong{N: 1, From: "a"}), d.Respond(asked, Pong{N: 2, From: "a"})),
			answering("b", d.Respond(asked, Pong{N: 1, From: "b"})),
			d.New(d.RunEndpoint("zoe"),
				d.Stream(pings),
				d.ConnectToEndpoints("a", "b"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](true),
				d.Do("request", requestOf(only("b", "a", "zoe"), "zoe", "a", "b")),
				d.Signal("a may answer"),
				nextAre("take two answers of a", Pong{N: 1, From: "a"}, Pong{N: 2, From: "a"}),
				d.Signal("b may answer"),
				nextAre("take the answer of b", Pong{N: 1, From: "b"}),
				d.Do("close the answers", closeAnswers),
				d.Do("request of itself alone", requestOf(lahja.BroadcastConfig{Internal: true}, "zoe")),
				d.Sync())),

		d.Case("request/nobody-there-throws",
			"A request that nobody can answer is an error, even if its config requires no subscribers; if somebody can, such a config changes nothing.",
			d.New(d.ServeEndpoint("server"), servesPings()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Ping](),
				reachesNobody(Ask{}, lahja.BroadcastConfig{AllowNoSubscribers: true}),
				reachesNobody(Ask{}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"server"}}),
				reachesNobody(Ask{}, lahja.BroadcastConfig{AllowNoSubscribers: true, Internal: true}),
				reachesNobody(Ask{}, lahja.BroadcastConfig{NoWait: true}),
				reachesNobody(Ping{}, lahja.BroadcastConfig{Internal: true}),
				d.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}).Returns(Pong{N: 1}),
				d.RequestWith(Ping{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true, FilterEndpoints: []string{"server", "stranger"}}).Returns(Pong{N: 1}))),

		d.Case("request/checked-as-a-broadcast",
			"A request is refused for the same reasons as a broadcast, and then reaches nobody.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(pings),
				d.Stream(d.NewSlot[*lahja.Stream[LargePing]]("large")),
				d.NextFrom(pings).Into(asked),
				d.Respond(asked, Pong{N: 1}),
				d.AwaitDriver("client"),
				d.Drain(pings).InOrder()),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[LargePing](),
				d.Request(Ping{}).Then(refusedRequests),
				d.Sync("server"))),
	}
}

// answers are those of the last request.
var answers = d.NewSlot[lahja.Answers]("answers")

// answering gets one Ping, and answers it when it may.
func answering(name string, answers ...d.Action) *d.Driver {
	return d.New(d.ServeEndpoint(name),
		d.Stream(pings),
		d.NextFrom(pings).Into(asked),
		d.Await(name+" may answer"),
		d.Sequence(answers...),
		d.AwaitDriver("zoe"),
		d.Drain(pings).InOrder())
}

func reachesNobody[Req lahja.Requester[Res], Res any](request Req, config lahja.BroadcastConfig) d.Action {
	return d.Throws(d.RequestWith(request, config), lahja.ErrNoSubscribers)
}

// requestOf sends a Ping, keeps its answers, and expects it to go to these endpoints, in this order.
func requestOf(config lahja.BroadcastConfig, want ...string) func(context.Context, *d.Scope) error {
	return func(ctx context.Context, s *d.Scope) error {
		pong, err := lahja.TypeOf[Pong]()
		if err != nil {
			return err
		}
		got, err := s.Endpoint().Request(ctx, Ping{N: 1}, pong, config)
		if err != nil {
			return err
		}
		to := slices.Clone(got.Asked())
		if len(to) > 1 {
			slices.Sort(to[1:])
		}
		if !slices.Equal(to, want) {
			return fmt.Errorf("the request says that it asked %v; want %s first, and then %v", got.Asked(), want[0], want[1:])
		}
		return answers.Save(ctx, s, got)
	}
}

// nextAre expects these answers next, in this order.
func nextAre(what string, want ...Pong) d.Action {
	return d.Do(what, func(ctx context.Context, s *d.Scope) error {
		for i, want := range want {
			r, err := answers.Get(s).Next(ctx)
			if err != nil {
				return fmt.Errorf("answer %d: %w", i, err)
			}
			if got := r.Data(); got != want || r.Origin != want.From || r.Type.Name != typeName[Pong]() {
				return fmt.Errorf("answer %d is %v of type %s from %s, want %v", i, got, r.Type, r.Origin, want)
			}
		}
		return nil
	})
}

// closeAnswers closes the answers twice, and expects no more of them.
func closeAnswers(ctx context.Context, s *d.Scope) error {
	answers.Get(s).Close()
	answers.Get(s).Close()
	if r, err := answers.Get(s).Next(ctx); !errors.Is(err, lahja.ErrLifecycle) {
		return fmt.Errorf("answers that were closed gave %v and %w, want %w", r, err, lahja.ErrLifecycle)
	}
	return nil
}

// refusedRequests makes requests that must be refused.
func refusedRequests(ctx context.Context, s *d.Scope, received lahja.Event[Pong]) error {
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
		if _, err := s.Endpoint().Request(ctx, c.payload, c.answer, c.config); !errors.Is(err, c.want) {
			return fmt.Errorf("request with %s: got %w, want %w", c.what, err, c.want)
		}
	}
	return nil
}
