package scenarios

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// allAnswersTable checks requests with more than one answer.
var allAnswersTable = []drivers.Scenario{
	{
		Name: "request/all-answer",
		Rule: "A request for all answers gets one from every endpoint that serves it, and ends with the last.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			servers := env.Configs("a", "b", "c")
			answers := func() drivers.Action {
				return servesPings()
			}
			all := []*drivers.Driver{
				drivers.New(drivers.RunEndpoint("client"),
					answers(),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(servers...),
					drivers.Repeat(5, drivers.RequestAll(Ping{N: 1}, answersOf("a", "b", "c", "client"))),
					drivers.Checkpoint("done")),
			}
			for _, server := range servers {
				all = append(all, drivers.New(drivers.ServeEndpoint(server),
					answers(), drivers.Checkpoint("serving"), drivers.Checkpoint("done")))
			}
			return all
		},
	},
	{
		Name: "request/all-but-one-answer",
		Rule: "If a peer does not answer a request for all answers, an error names it, and the other answers count.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			early, goes, stays := env.Config("early"), env.Config("goes"), env.Config("stays")
			pings, asked := pingsOf("pings"), drivers.NewSlot[lahja.Event[Ping]]("asked")
			lost := pingsOf("lost")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(early),
					drivers.ServeRequests(func(lahja.Event[Ping]) Pong { return Pong{} }),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(goes),
					drivers.Stream(lost),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(lost),
					drivers.CloseEndpoint()),
				drivers.New(drivers.ServeEndpoint(stays),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.NextFrom(pings, asked.Save),
					drivers.Checkpoint("gone"),
					drivers.Respond(asked, Pong{}),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(early, goes, stays),
					drivers.Background("request",
						drivers.ThrowsAs(drivers.RequestAll(Ping{}, answersOf("early", "stays")), goneInstead("goes"))),
					drivers.WaitUntilDisconnectedFrom("goes"),
					drivers.Checkpoint("gone"),
					drivers.Join("request"),
					drivers.Checkpoint("done")),
			}
		},
	},
	{
		Name: "request/all-until-given-up",
		Rule: "A request for all answers that is given up keeps the answers so far, and an error names the missing peers.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			answers, idles := env.Config("answers"), env.Config("idles")
			pings := pingsOf("pings")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(answers),
					servesPings(),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.ServeEndpoint(idles),
					drivers.Stream(pings),
					drivers.Checkpoint("serving"),
					drivers.Checkpoint("done")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("serving"),
					drivers.ConnectToEndpoints(answers, idles),
					drivers.Do("give up after the first answer", requestUntilAnswered),
					drivers.RequestWith(Ping{N: 2}, lahja.BroadcastConfig{FilterEndpoints: []string{"answers"}}, equals(Pong{N: 2})),
					drivers.Checkpoint("done")),
			}
		},
	},
}

func pingsOf(name string) *drivers.Slot[*lahja.Stream[Ping]] {
	return drivers.NewSlot[*lahja.Stream[Ping]](name)
}

// answersOf expects one answer from each endpoint, in any order.
func answersOf(want ...string) drivers.On[[]lahja.Event[Pong]] {
	return func(_ context.Context, _ *drivers.Scope, pongs []lahja.Event[Pong]) error {
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
func requestUntilAnswered(ctx context.Context, s *drivers.Scope) error {
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
