package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// allAnswersTable checks requests with more than one answer.
func allAnswersTable() []d.Scenario {
	return []d.Scenario{
		d.Case("request/all-answer",
			"A request for all answers gets one from every endpoint that serves it, and ends with the last.",
			d.New(d.ServeEndpoint("a"), servesPings()),
			d.New(d.ServeEndpoint("b"), servesPings()),
			d.New(d.ServeEndpoint("c"), servesPings()),
			d.New(d.RunEndpoint("client"),
				servesPings(),
				d.ConnectToEndpoints("a", "b", "c"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](true),
				d.Repeat(5, d.RequestAll(Ping{N: 1}).Then(answersOf("a", "b", "c", "client"))))),

		d.Case("request/all-but-one-answer",
			"If a peer does not answer a request for all answers, an error names it, and the other answers count.",
			d.New(d.ServeEndpoint("early"), servesPings()),
			d.New(d.ServeEndpoint("goes"),
				d.Stream(pings),
				d.NextFrom(pings),
				d.CloseEndpoint()),
			d.New(d.ServeEndpoint("stays"),
				d.Stream(pings),
				d.NextFrom(pings).Into(asked),
				d.Await("gone"),
				d.Respond(asked, Pong{})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("early", "goes", "stays"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](false),
				d.Background("request",
					d.ThrowsAs(d.RequestAll(Ping{}).Then(answersOf("early", "stays")), goneInstead("goes"))),
				d.WaitUntilDisconnectedFrom("goes"),
				d.Signal("gone"),
				d.Join("request"))),

		d.Case("request/all-until-given-up",
			"A request for all answers that is given up keeps the answers so far, and an error names the missing peers.",
			d.New(d.ServeEndpoint("answers"), servesPings()),
			d.New(d.ServeEndpoint("idles"), d.Stream(pings)),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("answers", "idles"),
				d.WaitUntilAllEndpointsSubscribedTo[Ping](false),
				d.Do("give up after the first answer", requestUntilAnswered),
				d.RequestWith(Ping{N: 2}, only("answers")).Returns(Pong{N: 2}))),
	}
}

// answersOf expects one answer from each endpoint, in any order.
func answersOf(want ...string) d.On[[]lahja.Event[Pong]] {
	return func(_ context.Context, _ *d.Scope, pongs []lahja.Event[Pong]) error {
		var from []string
		for _, pong := range pongs {
			from = append(from, pong.Origin())
		}
		slices.Sort(from)
		if !slices.Equal(from, want) {
			return fmt.Errorf("answers came from %v, want one of each of %v", from, want)
		}
		return nil
	}
}

// goneInstead expects the error for a peer that left without answering.
func goneInstead(peer string) func(*lahja.Error) error {
	return func(err *lahja.Error) error {
		if err.Kind != lahja.ErrRemoteDisconnected || err.Peer != peer {
			return fmt.Errorf("want %q of peer %s", lahja.ErrRemoteDisconnected, peer)
		}
		return nil
	}
}

// requestUntilAnswered requests all answers, and gives up after the first.
func requestUntilAnswered(ctx context.Context, s *d.Scope) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var outcomes []string
	pongs := lahja.RequestAll(ctx, s.Endpoint(), Ping{N: 1})
	for pong := range pongs.All() {
		outcomes = append(outcomes, pong.String())
		cancel()
	}
	switch err := pongs.Err(); {
	case errors.Is(err, context.Canceled) && strings.HasSuffix(err.Error(), "from idles: context canceled"):
		outcomes = append(outcomes, "given up")
	case err != nil:
		return err
	}
	if want := []string{"{N:1 From:} from answers", "given up"}; !slices.Equal(outcomes, want) {
		return fmt.Errorf("got %q, want %q", outcomes, want)
	}
	return nil
}
