package runner_test

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// explainedValues are mistakes with what came and was not wanted, and what was sent or asked too early.
var explainedValues = []mistake{
	{d.Case("explained/wrong-value", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Sync("cache"), d.Await("done")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Receives(Tick{N: 2}), d.Signal("done"))),
		`cache took what it did not want (action 2, Receives(Tick{N:2})): event from client: Expected <runner_test.Tick>: {N: 1} to equal ` +
			`<runner_test.Tick>: {N: 2}. It was sent by client MS earlier, with its action 1, WaitAnyThenBroadcast(Tick{N:1}) (PLACE).`},
	{d.Case("explained/wrong-answer", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Greet]) (Greeting, error) {
			return Greeting{Text: "bye"}, nil
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Greet{}).Returns(Greeting{Text: "hello"}))),
		`client took what it did not want (action 2, WaitAnyThenRequest(Greet{}).Returns(Greeting{Text:hello})): event from server: Expected ` +
			`<runner_test.Greeting>: {Text: "bye"} to equal <runner_test.Greeting>: {Text: "hello"}. It was sent by server MS earlier, as the answer of ` +
			`its action 1, Serve[Greet](func) (PLACE).`},
	{d.Case("explained/wrong-order", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 2}), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.CollectFrom(held, 2).InOrder(Tick{N: 1}, Tick{N: 2}))),
		`cache took what it did not want (action 3, CollectFrom[Tick](held, 2).InOrder(Tick{N:1}, Tick{N:2})): event 1 of 2 is Tick{N:2} from client, ` +
			`want Tick{N:1}. Event 1 was sent by client MS earlier, with its action 2, Broadcast(Tick{N:2}) (PLACE). Event 2 was sent by client MS ` +
			`earlier, with its action 3, Broadcast(Tick{N:1}) (PLACE).`},
	{d.Case("explained/wrong-sender", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("done")),
		d.New(d.ServeEndpoint("ledger"), d.Await("done"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client", "ledger"), d.WaitFor[Tick]().From("ledger"), d.Signal("done"))),
		`cache took what it did not want (action 2, WaitFor[Tick]().From("ledger")): the event Tick{N:1} came from client, want it from ledger. It ` +
			`was sent by client MS earlier, with its action 1, WaitAnyThenBroadcast(Tick{N:1}) (PLACE).`},
	{d.Case("explained/no-subscriber-yet", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Do("think", think), d.Broadcast(Tick{N: 1}), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("sent"), d.WaitFor[Tick]())),
		`client sent Tick (action 3, Broadcast(Tick{N:1})) when nobody that it knew subscribed to it. cache would do so at action 3, WaitFor[Tick](), ` +
			`and was at action 2, Await("sent"), for MS. cache had not told client of a subscription to it. Put ` +
			`WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client.`},
	{d.Case("explained/request-to-nobody", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Await("asked"), d.Serve(respond)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Do("think", think), d.Request(Question{}), d.Signal("asked"))),
		`client sent Question (action 3, Request(Question{})) when nobody that it knew subscribed to it. server would do so at action 2, ` +
			`Serve[Question](func), and was at action 1, Await("asked"), for MS. server had not told client of a subscription to it. Put ` +
			`WaitUntilEndpointSubscribedTo[Question]("server") before it in client.`},
	{d.Case("explained/waits-for-an-answer-after-it-gave-up", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			return Answer{}, s.Engine().Sleep(context.WithoutCancel(ctx), 200*ms)
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Throws(d.Within(50*ms, d.Request(Question{})), context.DeadlineExceeded), d.Sleep(250*ms), d.Within(50*ms, d.WaitFor[Answer]()))),
		`client waited MS for an event of type Answer (action 5, WaitFor[Answer]()). server sends one as an answer (action 1, Serve[Question](func)), ` +
			`which goes to the call that asked, and to no other wait. client dropped an answer of that type from server MS before: no request waits for ` +
			`this answer any more.`},
	{d.Case("explained/look-alike-type", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tack]("cache"), d.Broadcast(Tack{N: 1}), d.Await("gave up"), d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Background("tack", d.WaitFor[Tack]()), d.Within(bound, d.WaitFor[Tick]()), d.Join("tack"), d.Signal("gave up"))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client would do so at action 4, Broadcast(Tick{N:0}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was at action 3, Await("gave up"), for MS. Meanwhile cache received Tack from client, of another ` +
			`type. So cache and client wait for each other, as planned: cache for client with WaitFor[Tick](), client for cache with Await("gave up"). ` +
			`Put one of these actions later.`},
	{d.Case("explained/answers-with-the-wrong-type", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Subscribe(func(ctx context.Context, _ *d.Scope, q lahja.Event[Question]) error {
			return q.Respond(ctx, Tick{N: 1})
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}))),
		`client got another answer than it asked for (action 2, WaitAnyThenRequest(Question{})): lahja: client: request ` +
			`github.com/lahja/go-lahja/tools/runner_test.Question (peer server): unexpected response: got ` +
			`github.com/lahja/go-lahja/tools/runner_test.Tick, want github.com/lahja/go-lahja/tools/runner_test.Answer. server subscribed to it at action ` +
			`1, Subscribe[Question](func). server answered with Tick, MS after the request.`},
	{d.Case("explained/checks-fail-in-background", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("never")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Background("wait", d.Receives(Tick{N: 2})), d.Join("wait"), d.Signal("never"))),
		`cache took what it did not want (action 2, Receives(Tick{N:2})): event from client: Expected <runner_test.Tick>: {N: 1} to equal ` +
			`<runner_test.Tick>: {N: 2}. It was sent by client MS earlier, with its action 1, WaitAnyThenBroadcast(Tick{N:1}) (PLACE).`},
	{d.Case("explained/unsubscribed-too-early", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Sync(), d.Await("ready"), d.Within(bound, d.WaitUntilEndpointSubscribedTo[Tick]("cache")), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.CloseStream(held), d.WaitUntilSubscriptionsKnown(), d.Signal("ready"), d.Await("gave up"))),
		`client waited MS for cache to subscribe to Tick (action 3, WaitUntilEndpointSubscribedTo[Tick]("cache")). cache subscribed to it at action ` +
			`2, Stream[Tick](held). cache had ended its subscription to it MS before. cache had not told client of a subscription to it.`},
	{d.Case("explained/serve-times-too-many", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Within(200*ms, d.Serve(respond).Times(2)), d.Signal("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}), d.Await("gave up"))),
		`server waited MS for 2 requests of type Question (action 1, Serve[Question](func).Times(2)). 1 had arrived. client ran its action 2, ` +
			`WaitAnyThenRequest(Question{}), MS after server began to wait. One arrived MS after server had begun to wait.`},
	{d.Case("explained/connects-before-it-serves", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Await("up")),
		d.New(d.RunEndpoint("client"), d.Signal("up"), d.Within(150*ms, d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "server", Address: "/nonexistent"})))),
		`client tried MS to connect to what did not listen (action 2, ConnectToEndpoints("server")). server had done all its actions. The call was ` +
			`"connect to server@/nonexistent". The action was given an address; with the name alone it waits for the driver that serves it, and finds ` +
			`where that listens.`},
	{d.Case("explained/internal-only", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Stream(held), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{Internal: true}), d.Await("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Do("think", think), d.Within(bound, d.WaitFor[Tick]()), d.Signal("gave up"))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client sends one (action 3, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{Internal})), and not to cache.`},
	{d.Case("explained/wait-any-then-request-hangs", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Within(bound, d.WaitAnyThenRequest(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 2, WaitAnyThenRequest(Question{})). server subscribed to it at action 1, ` +
			`Stream[Question](asks). The request lay in a stream of server: no action had taken it.`},
	{d.Case("explained/asks-whether-it-is-subscribed", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Sleep(30*ms), d.IsEndpointSubscribedTo[Tick]("cache"), d.Signal("asked"), d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("asked"), d.Stream(held))),
		`client looked once, with IsEndpointSubscribedTo[Tick]("cache") (action 3), and did not wait. cache would do so at action 3, ` +
			`Stream[Tick](held), and was at action 2, Await("asked"), for MS. cache had not told client of a subscription to it. ` +
			`WaitUntilEndpointSubscribedTo[Tick]("cache") waits for it.`},
	{d.Case("explained/asks-whether-it-is-connected", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Await("up"), d.Sleep(30*ms), d.IsConnectedTo("cache"), d.Signal("asked")),
		d.New(d.RunEndpoint("cache"), d.Signal("up"), d.Await("asked"), d.ConnectToEndpoints("client"))),
		`client looked once, with IsConnectedTo("cache") (action 3), and did not wait. cache would do so at action 3, ConnectToEndpoints("client"), ` +
			`and was at action 2, Await("asked"), for MS. WaitUntilConnectedTo("cache") waits for it.`},
	{d.Case("explained/receives-what-it-must-not", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.ReceivesNothing[Tick](d.Await("sent")))),
		`cache took what it did not want (action 2, ReceivesNothing[Tick](Await("sent"))): received Tick{{N:1} from client}, where nothing of that ` +
			`type was to be received. It was sent by client MS earlier, with its action 2, Broadcast(Tick{N:1}) (PLACE).`},
}

// Tack is an event that looks like Tick.
type Tack struct{ N int }

// Greet asks for a Greeting.
type Greet struct{ lahja.Expects[Greeting] }

// Greeting answers a Greet.
type Greeting struct{ Text string }
