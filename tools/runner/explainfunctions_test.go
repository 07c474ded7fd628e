package runner_test

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/internal/race"
)

// explainedFunctions are mistakes with function actions and handlers.
var explainedFunctions = []mistake{
	{d.Case("explained/request-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Do("ask", func(ctx context.Context, s *d.Scope) error {
				_, err := lahja.Request(ctx, s.Endpoint(), Question{})
				return err
			})), d.Signal("gave up"))),
		`client was in a function of its action 3, Do("ask"), for MS, PLACE. It waited there for an answer to its Question. server subscribed to it ` +
			`at action 1, Stream[Question](asks). The request arrived at server, which was not done with it.`},
	{d.Case("explained/wait-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Await("gave up"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Do("wait", func(ctx context.Context, s *d.Scope) error {
			_, err := lahja.WaitFor[Tick](ctx, s.Endpoint())
			return err
		})), d.Signal("gave up"))),
		`cache was in a function of its action 2, Do("wait"), for MS, PLACE. It waited there for an event of type Tick. client would do so at action ` +
			`2, Broadcast(Tick{N:1}, BroadcastConfig{AllowNoSubscribers}), and was at action 1, Await("gave up"), for MS.`},
	{d.Case("explained/channel-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Do("wait", block)), d.Signal("gave up"))),
		`cache was in a function of its action 2, Do("wait"), for MS, PLACE. No request and no subscription was recorded there that had not ended: ` +
			`what it waited for is not known.`},
	{d.Case("explained/subscription-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Within(bound, d.Do("wait", func(ctx context.Context, s *d.Scope) error {
			return lahja.WaitUntilEndpointSubscribedTo[Tick](ctx, s.Endpoint(), "cache")
		})), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("gave up"), d.Stream(held))),
		`client was in a function of its action 2, Do("wait"), for MS, PLACE. It waited there for cache to subscribe to Tick. cache would do so at ` +
			`action 3, Stream[Tick](held), and was at action 2, Await("gave up"), for MS. cache had not told client of a subscription to it.`},
	{d.Case("explained/predicate-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Do("wait for 2", func(ctx context.Context, s *d.Scope) error {
			for {
				e, err := lahja.WaitFor[Tick](ctx, s.Endpoint())
				if err != nil || e.Data.N == 2 {
					return err
				}
			}
		})), d.Signal("gave up"))),
		`cache was in a function of its action 2, Do("wait for 2"), for MS, PLACE. It waited there for an event of type Tick. It took one, sent by ` +
			`client MS earlier, with its action 2, Broadcast(Tick{N:1}) (PLACE), and waited on: look at its condition. client ran its action 2, ` +
			`Broadcast(Tick{N:1}), MS after cache subscribed. One arrived MS after cache had begun to wait. In all, one event had arrived at cache, and ` +
			`it had taken 1.`},
	{d.Case("explained/stream-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Sync("cache"), d.Signal("sent"), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Await("sent"), d.NextFrom(held), d.Within(bound, d.Do("next", func(ctx context.Context, s *d.Scope) error {
			_, err := held.Get(s).Next(ctx)
			return err
		})), d.Signal("gave up"))),
		`cache was in a function of its action 5, Do("next"), for MS, PLACE. It waited there for an event of type Tick. client ran its action 2, ` +
			`Broadcast(Tick{N:1}), MS after cache subscribed. It arrived MS before cache began to wait. cache had taken such events before, at action 4 ` +
			`for the last time. In all, one event had arrived at cache, and it had taken 1.`},
	{d.Case("explained/misspelt-endpoint-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.Within(bound, d.Do("meet", func(ctx context.Context, s *d.Scope) error {
			return lahja.WaitUntilConnectedTo(ctx, s.Endpoint(), "sevrer")
		})), d.Signal("gave up"))),
		`client was in a function of its action 1, Do("meet"), for MS, PLACE. It waited there for a connection to sevrer. No driver opens an endpoint ` +
			`"sevrer" (did you mean "server"?).`},
	{d.Case("explained/then-hangs", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.WaitFor[Tick]().Then(func(ctx context.Context, s *d.Scope, _ lahja.Event[Tick]) error {
			<-ctx.Done()
			return ctx.Err()
		})), d.Signal("gave up"))),
		`cache was in a function of its action 2, WaitFor[Tick]().Then(func), for MS, PLACE. It had taken Tick from client MS before. No request and ` +
			`no subscription was recorded there that had not ended: what it waited for is not known.`},
	{d.Case("explained/ignores-its-context", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.Do("stuck", func(context.Context, *d.Scope) error { time.Sleep(tooLong); return nil }))),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"))),
		`client was in a function of its action 1, Do("stuck"), for MS, PLACE. No request and no subscription was recorded there that had not ended: ` +
			`what it waited for is not known.`},
	{d.Case("explained/handlers-ask-each-other", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			_, err := lahja.Request(ctx, s.Endpoint(), Greet{})
			return Answer{}, err
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Greet]) (Greeting, error) {
			_, err := lahja.Request(ctx, s.Endpoint(), Question{})
			return Greeting{}, err
		}), d.WaitUntilEndpointSubscribedTo[Question]("server"), d.WaitUntilSubscriptionsKnown(), d.Within(200*ms, d.Request(Question{})))),
		`client waited MS for an answer to its Question (action 5, Request(Question{})). server subscribed to it at action 1, Serve[Question](func). ` +
			`No handler in server was done with an earlier one. Meanwhile server waited for an answer to its own Greet, sent MS before. No handler in ` +
			`client was done with the request MS after it arrived. Meanwhile client waited for an answer to its own Question, sent MS before.`},
	{d.Case("explained/handler-waits-for-an-event-of-its-own-driver", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			_, err := lahja.WaitFor[Tick](ctx, s.Endpoint())
			return Answer{}, err
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilEndpointSubscribedTo[Question]("server"), d.Within(200*ms, d.Request(Question{})), d.Broadcast(Tick{}))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Serve[Question](func). ` +
			`No handler in server was done with the request MS after it arrived. MS after the request came, server subscribed to Tick, and took none.`},
	{d.Case("explained/requests-itself", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			e, err := lahja.Request(ctx, s.Endpoint(), Question{})
			return e.Data, err
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Within(200*ms, d.Request(Question{})))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Serve[Question](func). ` +
			`No handler in server was done with the request MS after it arrived. Meanwhile server waited for an answer to its own Question, sent MS ` +
			`before. No handler in server was done with an earlier one. Meanwhile server waited for an answer to its own Question, sent MS before.`},
	{d.Case("explained/handler-panics", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) { panic("boom") })),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}))),
		`A handler of server failed on Question from client: panic: boom. It was sent by client MS earlier, with its action 2, ` +
			`WaitAnyThenRequest(Question{}) (PLACE).`},
	{d.Case("explained/handler-returns-an-error", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) {
			return Answer{}, errors.New("no stock")
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}))),
		`A handler of server failed on Question from client: no stock. It was sent by client MS earlier, with its action 2, ` +
			`WaitAnyThenRequest(Question{}) (PLACE).`},
	{d.Case("explained/sync-with-a-busy-handler", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Within(bound, d.Sync("cache")), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Tick]) error {
			<-ctx.Done()
			return nil
		}), d.Await("gave up"))),
		`client waited MS for the peers to handle what was sent to them (action 3, Sync("cache")). A handler in cache was not done with Tick from ` +
			`client MS after it arrived.`},
	{d.Case("explained/no-handler-fails", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Tick]) error { return nil }), d.Within(bound, d.HandlerThrows(errMine)), d.Signal("gave up"))),
		`cache waited MS for a handler to fail (action 3, HandlerThrows("what the handler returns")). Handlers of cache had handled one event without ` +
			`an error.`},
	{d.Case("explained/own-endpoint-closed-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Await("met"), d.Do("clean up", func(ctx context.Context, s *d.Scope) error { return s.Endpoint().Close() }), d.WaitAnyThenBroadcast(Tick{})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Signal("met"), d.WaitFor[Tick]())),
		`client used its endpoint when that was closed (action 3, WaitAnyThenBroadcast(Tick{N:0})). No action of it closes that; a function that had ` +
			`run may have: action 2, Do("clean up") (PLACE).`},
	{d.Case("explained/closes-within-a-helper", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(respond), d.Await("met"), d.Do("clean up", func(ctx context.Context, s *d.Scope) error { return s.Endpoint().Close() }), d.Signal("closed")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Signal("met"), d.Await("closed"), d.Within(bound, d.WaitAnyThenRequest(Question{})))),
		`client waited MS for any endpoint to subscribe to Question (action 4, WaitAnyThenRequest(Question{})). server subscribed to it at action 1, ` +
			`Serve[Question](func). server had ended its subscription to it MS before.`},
}

const ms = time.Millisecond

// bound is how long drivers wait in vain: long enough for the processes of the others to start
// on a machine that is busy.
const bound = 400 * race.Factor * ms

// tooLong is how long drivers take for what others await no longer than bound.
const tooLong = 3 * bound

// think is a function that does nothing for a while.
func think(ctx context.Context, s *d.Scope) error { return s.Engine().Sleep(ctx, 30*ms) }

// block is a function that waits until its context ends.
func block(ctx context.Context, _ *d.Scope) error {
	<-ctx.Done()
	return ctx.Err()
}

func respond(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) { return Answer{}, nil }
