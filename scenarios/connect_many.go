package scenarios

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// many is how many connections scenarios open at once: dozens, and more than the powers of two that
// often bound listeners and pools.
const many = 65

// Many connections: dozens that are open at once.
func connectManyTable() []d.Scenario {
	return []d.Scenario{
		d.Case("connect/many-to-one",
			"Dozens of clients can connect to one server at once, stay connected together, get answers, and receive its events.",
			d.New(d.ServeEndpoint("server"),
				servesPings(),
				d.Stream(releases),
				d.Signal("serving"),
				d.Within(time.Minute, d.NextFrom(releases)), // The crowd says when it has waited too long.
				d.ConnectedEndpointsAre(namesOf("client")...),
				d.Broadcast(Tick{1})),
			d.New(d.NoEndpoint("crowd"),
				d.Await("serving"),
				d.Do(fmt.Sprintf("%d clients connect, ask and listen", many), func(ctx context.Context, s *d.Scope) error {
					return crowd(ctx, s, namesOf("client"), s.Config("server"))
				}))),

		d.CaseFunc("connect/one-to-many", "An endpoint that connects to dozens of others stays connected to all of them, and each answers it.",
			func(env *d.Env) []*d.Driver {
				names := namesOf("server")
				configs := env.Configs(names...)
				serving := make(chan struct{})
				return []*d.Driver{
					d.New(d.NoEndpoint("servers"),
						d.Background("serve", d.Within(time.Minute, d.Do(fmt.Sprintf("open %d servers", many), func(ctx context.Context, s *d.Scope) error {
							return serveAll(ctx, s, configs, serving)
						}))),
						d.Do("be served", until(serving)),
						d.Signal("serving"),
						d.AwaitDriver("hub"),
						d.Cancel("serve")),
					d.New(d.RunEndpoint("hub"),
						d.Await("serving"),
						d.Do(fmt.Sprintf("connect to %d servers", many), func(ctx context.Context, s *d.Scope) error {
							return atOnce("connected", names, func(i int) error { return s.Endpoint().ConnectToEndpoints(ctx, configs[i]) })
						}),
						d.ConnectedEndpointsAre(names...),
						d.RequestAll(Ping{N: 1}).Then(answersOf(names...))),
				}
			}),
	}
}

var releases = d.NewSlot[*lahja.Stream[Release]]("releases")

// namesOf returns many names of a kind.
func namesOf(kind string) []string {
	names := make([]string, many)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%02d", kind, i+1)
	}
	return names
}

// crowd makes clients connect to the server at once, and stay until each has got an answer and an
// event.
func crowd(ctx context.Context, s *d.Scope, names []string, server lahja.ConnectionConfig) error {
	clients := make([]lahja.EndpointAPI, len(names))
	ticks := make([]*lahja.Stream[Tick], len(names))
	defer closeAll(clients)
	if err := atOnce("opened", names, func(i int) (err error) {
		if clients[i], err = s.RunEndpoint(ctx, names[i]); err == nil {
			ticks[i], err = lahja.NewStream[Tick](clients[i])
		}
		return err
	}); err != nil {
		return err
	}
	if err := atOnce("connected", names, func(i int) error { return clients[i].ConnectToEndpoints(ctx, server) }); err != nil {
		return err
	}
	if err := atOnce("were answered", names, func(i int) error {
		pong, err := lahja.Request(ctx, clients[i], Ping{N: i})
		if err == nil && pong.Data.N != i {
			err = fmt.Errorf("the answer to %d is %v", i, pong)
		}
		return err
	}); err != nil {
		return err
	}
	if err := lahja.Broadcast(ctx, clients[0], Release{}); err != nil {
		return err
	}
	return atOnce("got the event", names, func(i int) error {
		_, err := ticks[i].Next(ctx)
		return err
	})
}

// serveAll opens servers that answer pings, until ctx ends.
func serveAll(ctx context.Context, s *d.Scope, configs []lahja.ConnectionConfig, serving chan<- struct{}) error {
	servers := make([]lahja.EndpointAPI, len(configs))
	defer closeAll(servers)
	for i, config := range configs {
		var err error
		if servers[i], err = s.ServeEndpoint(ctx, config); err != nil {
			return err
		}
		if _, err := lahja.Subscribe(servers[i], func(ctx context.Context, ping lahja.Event[Ping]) error {
			return ping.Respond(ctx, Pong{N: ping.Data.N, From: config.Name})
		}); err != nil {
			return err
		}
	}
	close(serving)
	<-ctx.Done()
	return context.Cause(ctx)
}

// atOnce calls do for all names at once. Its error says how many calls succeeded.
func atOnce(done string, names []string, do func(i int) error) error {
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i := range names {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	failed := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if failed < 0 {
		return nil
	}
	worked := 0
	for _, err := range errs {
		if err == nil {
			worked++
		}
	}
	return fmt.Errorf("%d of %d %s; %s did not: %w", worked, len(names), done, names[failed], errs[failed])
}

// closeAll closes the endpoints that were opened.
func closeAll(endpoints []lahja.EndpointAPI) {
	var all sync.WaitGroup
	for _, ep := range endpoints {
		if ep != nil {
			all.Go(func() { _ = ep.Close() }) // The leak check finds what it leaves behind.
		}
	}
	all.Wait()
}
