package runner_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// explainedOthers are mistakes with contexts, closing endpoints, full queues, and how often something is sent.
var explainedOthers = []mistake{
	{d.Case("explained/cancelled-early", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(respond)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Do("ask", func(ctx context.Context, s *d.Scope) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_, err := lahja.Request(ctx, s.Endpoint(), Question{})
			return err
		}))),
		`client failed in a function of its action 3, Do("ask"): lahja: client: request github.com/lahja/go-lahja/tools/runner_test.Question: context ` +
			`canceled. The context of that call had ended before the action's did (context canceled): it is one that the function made.`},
	{d.Case("explained/own-deadline", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.Await("x")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Do("ask", func(ctx context.Context, s *d.Scope) error {
			ctx, cancel := context.WithTimeout(ctx, 50*ms)
			defer cancel()
			_, err := lahja.Request(ctx, s.Endpoint(), Question{})
			return err
		}), d.Signal("x"))),
		`client failed in a function of its action 3, Do("ask"): lahja: client: request github.com/lahja/go-lahja/tools/runner_test.Question: no ` +
			`answer (github.com/lahja/go-lahja/tools/runner_test.Answer) from server: context deadline exceeded. The context of that call had ended ` +
			`before the action's did (context deadline exceeded): it is one that the function made. The request arrived at server, which was not done ` +
			`with it.`},
	{d.Case("explained/paused-server", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(respond), d.Await("done")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Paused("server", d.Within(bound, d.Request(Question{}))), d.Signal("done"))).Needing(isolated...),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Serve[Question](func). ` +
			`server had not received the request MS later; client had paused its process MS before.`},
	{d.Case("explained/blocked-broadcast", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Big]("cache"), d.Within(400*ms, d.Repeat(2000, d.Broadcast(Big{Data: make([]byte, 1<<18)}))), d.Signal("done")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.StreamWith(lahja.SubscribeConfig{QueueBytes: 1 << 20, WhenFull: lahja.Block}, bigs), d.Await("done"))),
		`client could not send Big for MS (action 2, Broadcast(Big{})): a receiver takes them too slowly. cache had received 4 events and was done ` +
			`with 0 of them. cache was at action 3 of 3, Await("done"), for MS.`},
	{d.Case("explained/shutdown-with-a-busy-handler", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{}), d.Signal("sent"), d.Await("done")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Tick]) error { <-ctx.Done(); return nil }), d.Await("sent"), d.Sleep(20*ms), d.Within(bound, d.ShutdownEndpoint()), d.Signal("done"))),
		`cache could not close its endpoint for MS (action 5, ShutdownEndpoint()). A handler in cache was not done with Tick from client MS after it ` +
			`arrived.`},
	{d.Case("explained/busy-at-the-end", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Tick]) error { <-ctx.Done(); return nil })).WithActionTimeout(200*time.Millisecond)),
		`cache could not close its endpoint for MS (its end). A handler in cache was not done with Tick from client MS after it arrived.`},
	{d.Case("explained/sent-in-the-background-too-early", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Background("send", d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})), d.Join("send"), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("sent"), d.Within(bound, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client sends one beside other actions (action 1, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers})). None had gone to anybody.`},
	{d.Case("explained/two-senders-one-takes", "this must fail",
		d.New(d.ServeEndpoint("hub"), d.Stream(held), d.WaitUntilConnectedTo("one"), d.WaitUntilSubscriptionsKnown(), d.Signal("go"), d.NextFrom(held).Equal(Tick{N: 1}), d.NextFrom(held).Equal(Tick{N: 2})),
		d.New(d.RunEndpoint("one"), d.ConnectToEndpoints("hub"), d.Await("sent"), d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("two"), d.ConnectToEndpoints("hub"), d.Await("go"), d.WaitAnyThenBroadcast(Tick{N: 2}), d.Sync("hub"), d.Signal("sent"))),
		`hub took what it did not want (action 5, NextFrom[Tick](held).Equal(Tick{N:1})): event from two: Expected <runner_test.Tick>: {N: 2} to ` +
			`equal <runner_test.Tick>: {N: 1}. It was sent by two MS earlier, with its action 3, WaitAnyThenBroadcast(Tick{N:2}) (PLACE).`},
	{d.Case("explained/repeat-one-too-many", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Repeat(2, d.Broadcast(Tick{N: 1})), d.Await("x")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Within(bound, d.Repeat(3, d.NextFrom(held))), d.Signal("x"))),
		`cache waited MS for an event of type Tick (action 3, NextFrom[Tick](held)). client ran its action 2, Broadcast(Tick{N:1}), WHEN It arrived ` +
			`MS before cache began to wait. In all, 2 events had arrived at cache, which had taken as many: have more sent, or wait for fewer.`},
	{d.Case("explained/restarted-and-not-reconnected", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Signal("met"), d.Await("back"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.Await("x")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("met"), d.CloseEndpoint(), d.RestartEndpoint(), d.Stream(held), d.Signal("back"), d.Within(bound, d.NextFrom(held)), d.Signal("x"))),
		`cache waited MS for an event of type Tick (action 7, NextFrom[Tick](held)). client ran its action 4, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers}), WHEN It went to nobody; client was not connected to cache then.`},
	{d.Case("explained/deadline-handler-busy", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			<-ctx.Done()
			return Answer{}, nil
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}))).WithTimeout(300 * ms),
		`The time of the scenario was up after MS. client waited MS for an answer to its Question (action 2, WaitAnyThenRequest(Question{})). server ` +
			`subscribed to it at action 1, Serve[Question](func). No handler in server was done with the request MS after it arrived.`},
	{d.Case("explained/stuck", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.NextFrom(held), d.NextFrom(held))),
		`cache waited MS for an event of type Tick (action 4, NextFrom[Tick](held)). client ran its action 2, Broadcast(Tick{N:1}), WHEN It arrived ` +
			`MS before cache began to wait. cache had taken such events before, at action 3 for the last time. In all, one event had arrived at cache, ` +
			`which had taken as many: have more sent, or wait for fewer.`},
	{d.Case("explained/sleep-too-long", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.Sleep(tooLong)))),
		`client slept (action 1, Sleep(MS)), which takes longer than the MS that the action had.`},
	{d.Case("explained/expect-in-do", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("x")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Do("check", func(ctx context.Context, s *d.Scope) error {
			e, err := lahja.WaitFor[Tick](ctx, s.Endpoint())
			if err == nil && e.Data.N != 2 {
				return fmt.Errorf("got %d, want 2", e.Data.N)
			}
			return err
		}), d.Signal("x"))),
		`cache failed in a function of its action 2, Do("check"): got 1, want 2. It had taken Tick, sent by client MS earlier, with its action 1, ` +
			`WaitAnyThenBroadcast(Tick{N:1}) (PLACE).`},
}

// Big fills a queue.
type Big struct{ Data []byte }

func (Big) String() string { return "Big{}" }

var bigs = d.NewSlot[*lahja.Stream[Big]]("bigs")
