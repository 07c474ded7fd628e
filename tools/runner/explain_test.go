package runner_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// mistake is a scenario with a mistake, and the paragraph that must say what it is.
type mistake struct {
	scenario d.Scenario
	want     string
}

// explained are scenarios with a mistake, and the paragraph that must say what it is. MS stands
// for a duration.
var explained = slices.Concat([]mistake{
	{d.Case("explained/broadcast-before-the-subscription", "this must fail",
		d.New(d.ServeEndpoint("client"), d.ConnectToEndpoints("cache"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.Signal("sent")),
		d.New(d.ServeEndpoint("cache"), d.Await("sent"), d.Within(bound, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 2, WaitFor[Tick]()). client ran its action 2, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was done MS before cache subscribed. It went to nobody; cache had not told client of a subscription to it then. An event reaches only endpoints that have subscribed: ` +
			`put WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client, or open a Stream in cache earlier.`},
	{d.Case("explained/filter-names-another", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("ledger"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{"ledger"}})),
		d.New(d.RunEndpoint("ledger"), d.ConnectToEndpoints("client"), d.WaitFor[Tick]()),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Do("think", func(context.Context, *d.Scope) error { return nil }), d.Within(200*time.Millisecond, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client sends one (action 2, ` +
			`Broadcast(Tick{N:1}, BroadcastConfig{FilterEndpoints:[ledger]})), and not to cache.`},
	{d.Case("explained/sender-has-not-come-so-far", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(time.Minute, d.WaitUntilEndpointSubscribedTo[Answer]("cache")), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.WaitFor[Tick]()), d.WaitFor[Answer]()),
		d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("client"), d.WaitUntilConnectedTo("client"), d.WaitAnyThenBroadcast(Answer{}))),
		`cache waited MS for an event of type Tick (action 2, WaitFor[Tick]()). client would do so at action 2, Broadcast(Tick{N:1}, BroadcastConfig{AllowNoSubscribers}), ` +
			`and was at action 1, WaitUntilEndpointSubscribedTo[Answer]("cache"), for MS. ` +
			`So cache and client wait for each other, as planned: cache for client with WaitFor[Tick](), client for cache with WaitUntilEndpointSubscribedTo[Answer]("cache"). Put one of these actions later.`},
	{d.Case("explained/nobody-answers", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Stream[Question](asks). The ` +
			`request lay in a stream of server: no action had taken it.`},
	{d.Case("explained/one-answer-and-no-more", "this must fail",
		d.New(d.ServeEndpoint("server"), d.WaitFor[Question]().Then(func(ctx context.Context, _ *d.Scope, q lahja.Event[Question]) error { return q.Respond(ctx, Answer{}) }),
			d.Stream(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}),
			d.WaitUntilEndpointSubscribedTo[Question]("server"), d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 4, Request(Question{})). server waited for one at action 1, WaitFor[Question]().Then(func). ` +
			`server subscribed to it at action 2, Stream[Question](asks). The request arrived at server, which was not done with it.`},
	{d.Case("explained/sent-between-two-subscriptions", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Sync("cache"), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Await("sent"), d.Within(bound, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 4, WaitFor[Tick]()). client ran its action 1, WaitAnyThenBroadcast(Tick{N:1}), ` +
			`and was done MS before cache subscribed. It arrived MS before cache began to wait. An event reaches only endpoints that have subscribed: ` +
			`put WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client, or open a Stream in cache earlier.`},
	{d.Case("explained/sent-beside-others", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Background("send", d.Within(time.Minute, d.WaitUntilEndpointSubscribedTo[Answer]("cache"))),
			d.Parallel(d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true})), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("sent"), d.Within(bound, d.WaitFor[Tick]()), d.WaitFor[Answer]()),
		d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("client"), d.WaitUntilConnectedTo("client"), d.WaitAnyThenBroadcast(Answer{}))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client sends one beside other actions (action 2, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers})). None had gone to anybody.`},
	{d.Case("explained/one-too-few", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("gave up"), d.Broadcast(Tick{N: 2}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.ServeEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.NextFrom(held), d.Within(bound, d.NextFrom(held)), d.Signal("gave up"))),
		`cache waited MS for an event of type Tick (action 4, NextFrom[Tick](held)). client ran its action 1, WaitAnyThenBroadcast(Tick{N:1}), WHEN ` +
			`It arrived MS before cache began to wait. client would do so at action 3, Broadcast(Tick{N:2}, BroadcastConfig{AllowNoSubscribers}), and was ` +
			`at action 2, Await("gave up"), for MS. cache had taken such events before, at action 3 for the last time. In all, one event had arrived at ` +
			`cache, which had taken as many: have more sent, or wait for fewer.`},
	{d.Case("explained/handler-returns-without-an-answer", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Subscribe(func(context.Context, *d.Scope, lahja.Event[Question]) error { return nil }), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Subscribe[Question](func). A ` +
			`handler in server returned after MS without an answer.`},
	{d.Case("explained/handler-is-busy", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Subscribe(func(ctx context.Context, _ *d.Scope, q lahja.Event[Question]) error {
			<-ctx.Done()
			return nil
		}), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Subscribe[Question](func). No ` +
			`handler in server was done with the request MS after it arrived.`},
	{d.Case("explained/taken-and-not-answered", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.NextFrom(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Stream[Question](asks). server ` +
			`took the request MS after it was sent, and had not answered MS later.`},
	{d.Case("explained/answered-too-late", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) (Answer, error) {
			return Answer{}, s.Engine().Sleep(ctx, time.Minute)
		})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})))),
		`client waited MS for an answer to its Question (action 3, Request(Question{})). server subscribed to it at action 1, Serve[Question](func). No ` +
			`handler in server was done with the request MS after it arrived.`},
	{d.Case("explained/subscribes-to-another-type", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitUntilEndpointSubscribedTo[Tick]("cache")), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(asks), d.Await("gave up"), d.Stream(held))),
		`client waited MS for cache to subscribe to Tick (action 1, WaitUntilEndpointSubscribedTo[Tick]("cache")). cache would do so at action 4, ` +
			`Stream[Tick](held), and was at action 3, Await("gave up"), for MS. cache had not told client of a subscription to it. ` +
			`So client and cache wait for each other, as planned: client for cache with WaitUntilEndpointSubscribedTo[Tick]("cache"), cache for client with Await("gave up"). Put one of these actions later.`},
	{d.Case("explained/too-few-of-several", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Repeat(2, d.Broadcast(Tick{N: 1}))),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Collect[Tick](3)))),
		`cache waited MS for an event of type Tick (action 2, Collect[Tick](3)). client ran its action 2, Broadcast(Tick{N:1}), MS after cache began ` +
			`to wait. 2 arrived while cache waited, the last one after MS. In all, 2 events had arrived at cache, which had taken as many: have more ` +
			`sent, or wait for fewer.`},
	{d.Case("explained/never-connects", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitUntilConnectedTo("cache")), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.Await("gave up"), d.ConnectToEndpoints("client"))),
		`client waited MS for a connection to cache (action 1, WaitUntilConnectedTo("cache")). cache would do so at action 2, ConnectToEndpoints("client"), ` +
			`and was at action 1, Await("gave up"), for MS.`},
	{d.Case("explained/dropped-by-a-full-subscription", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Broadcast(Tick{N: 2}), d.Sync("cache"), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.StreamWith(lahja.SubscribeConfig{QueueBytes: 1, WhenFull: lahja.DropNewest}, held), d.Await("sent"),
			d.NextFrom(held), d.Within(bound, d.NextFrom(held)))),
		`cache waited MS for an event of type Tick (action 5, NextFrom[Tick](held)). client ran its action 3, Broadcast(Tick{N:2}), WHEN It arrived ` +
			`MS before cache began to wait, and was dropped: lahja: cache: receive github.com/lahja/go-lahja/tools/runner_test.Tick: queue full: the ` +
			`subscription takes events more slowly than they arrive, and has no room in its 1 bytes: drop newest (1 dropped so far). cache had taken such ` +
			`events before, at action 4 for the last time. In all, 2 events had arrived at cache, and it had taken 1.`},
	{d.Case("explained/sender-closed-before", "this must fail",
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("cache"), d.Await("met"), d.CloseEndpoint()),
		d.New(d.ServeEndpoint("cache"), d.WaitUntilConnectedTo("client"), d.Signal("met"), d.WaitUntilDisconnectedFrom("client"), d.Within(bound, d.WaitFor[Tick]())),
		d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("cache"), d.Await("never"), d.Broadcast(Tick{N: 1})),
		d.New(d.NoEndpoint("late"), d.Do("block", func(ctx context.Context, _ *d.Scope) error { <-ctx.Done(); return nil }), d.Signal("never"))),
		`cache waited MS for an event of type Tick (action 4, WaitFor[Tick]()). other would do so at action 3, Broadcast(Tick{N:1}), and was at action 2, ` +
			`Await("never"), for MS. ` +
			`other waits there for late. late would do so at action 2, Signal("never"), and was at action 1, Do("block"), for MS.`},
	{d.Case("explained/goes-to-another-of-the-group", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("first"), d.Broadcast(Tick{N: 1}), d.Signal("sent")),
		d.New(d.RunEndpoint("first"), d.ConnectToEndpoints("client"), d.StreamWith(lahja.SubscribeConfig{Group: "workers"}, held), d.Await("sent")),
		d.New(d.RunEndpoint("second"), d.Await("sent"), d.ConnectToEndpoints("client"), d.StreamWith(lahja.SubscribeConfig{Group: "workers"}, second),
			d.Within(bound, d.NextFrom(second)))),
		`second waited MS for an event of type Tick (action 4, NextFrom[Tick](second)). client ran its action 2, Broadcast(Tick{N:1}), and was done MS before ` +
			`second subscribed. It went to first; client was not connected to second then. An event reaches only endpoints that have subscribed: put ` +
			`WaitUntilEndpointSubscribedTo[Tick]("second") before it in client, or open a Stream in second earlier.`},
	{d.Case("explained/left-before-the-broadcast", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Signal("met"), d.WaitUntilDisconnectedFrom("cache"),
			d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("met"), d.CloseEndpoint(), d.Await("sent"), d.RestartEndpoint(), d.ConnectToEndpoints("client"),
			d.Within(bound, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 7, WaitFor[Tick]()). client ran its action 4, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was done MS before cache subscribed. It went to nobody; client was not connected to cache then. An event ` +
			`reaches only endpoints that have subscribed: put WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client, or open a Stream in cache earlier.`},
	{d.Case("explained/each-waits-for-the-other", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitFor[Answer]()), d.WaitAnyThenBroadcast(Tick{N: 1})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(time.Minute, d.WaitFor[Tick]()), d.WaitAnyThenBroadcast(Answer{}))),
		`client waited MS for an event of type Answer (action 1, WaitFor[Answer]()). cache would do so at action 3, WaitAnyThenBroadcast(Answer{}), and was at ` +
			`action 2, WaitFor[Tick](), for MS. ` +
			`So client and cache wait for each other, as planned: client for cache with WaitFor[Answer](), cache for client with WaitFor[Tick](). Put one of these actions later.`},
	{d.Case("explained/serves-too-few", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) { return Answer{}, nil }).Once(),
			d.Stream(asks), d.WaitUntilSubscriptionsKnown(), d.Signal("open"), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Question{}),
			d.Await("open"), d.Within(bound, d.Request(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 4, Request(Question{})). server subscribed to it at action 1, Serve[Question](func).Times(1). ` +
			`server subscribed to it at action 2, Stream[Question](asks). The request arrived at server, which was not done with it.`},
	{d.Case("explained/busy-with-the-first-request", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Subscribe(func(ctx context.Context, s *d.Scope, q lahja.Event[Question]) error {
			return errors.Join(s.Engine().Sleep(ctx, time.Minute), q.Respond(ctx, Answer{}))
		})),
		d.New(d.RunEndpoint("first"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Background("ask", d.Request(Question{})), d.Sleep(20*time.Millisecond), d.Signal("asked"), d.Join("ask")),
		d.New(d.RunEndpoint("client"), d.Await("asked"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](),
			d.Within(bound, d.Request(Question{})))),
		`client waited MS for an answer to its Question (action 4, Request(Question{})). server subscribed to it at action 1, Subscribe[Question](func). No ` +
			`handler in server was done with an earlier one.`},
	{d.Case("explained/any-subscriber-comes-later", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitAnyThenBroadcast(Tick{N: 1})), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("gave up"), d.WaitFor[Tick]())),
		`client waited MS for any endpoint to subscribe to Tick (action 1, WaitAnyThenBroadcast(Tick{N:1})). cache would do so at action 3, WaitFor[Tick](), ` +
			`and was at action 2, Await("gave up"), for MS. ` +
			`So client and cache wait for each other, as planned: client for cache with WaitAnyThenBroadcast(Tick{N:1}), cache for client with Await("gave up"). Put one of these actions later.`},
	{d.Case("explained/nobody-is-connected", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitUntilEndpointSubscribedTo[Tick]("cache")), d.Signal("gave up"), d.Broadcast(Tick{N: 1})),
		d.New(d.ServeEndpoint("cache"), d.Stream(held), d.Await("gave up"), d.ConnectToEndpoints("client"))),
		`client waited MS for cache to subscribe to Tick (action 1, WaitUntilEndpointSubscribedTo[Tick]("cache")). cache subscribed to it at action 1, ` +
			`Stream[Tick](held). client was not connected to cache.`},
	{d.Case("explained/one-of-two-is-silent", "this must fail",
		d.New(d.ServeEndpoint("first"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) { return Answer{}, nil })),
		d.New(d.ServeEndpoint("second"), d.Stream(asks), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("first", "second"), d.WaitUntilEndpointSubscribedTo[Question]("first"),
			d.WaitUntilEndpointSubscribedTo[Question]("second"), d.Within(bound, d.RequestAll(Question{})), d.Signal("gave up"))),
		`client waited MS for an answer to its Question (action 4, RequestAll(Question{})). first subscribed to it at action 1, Serve[Question](func). second ` +
			`subscribed to it at action 1, Stream[Question](asks). first answered with Answer, MS after the request. The request arrived at second, which was not ` +
			`done with it.`},
	{d.Case("explained/closed-its-stream-before", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Signal("knows"), d.Await("closed"),
			d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Await("knows"), d.CloseStream(held),
			d.WaitUntilSubscriptionsKnown(), d.Signal("closed"), d.Await("sent"), d.Stream(second), d.Within(bound, d.NextFrom(second)))),
		`cache waited MS for an event of type Tick (action 9, NextFrom[Tick](second)). client ran its action 4, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was done MS before cache subscribed. It went to nobody; cache had not told client of a subscription to it ` +
			`then. An event reaches only endpoints that have subscribed: put WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client, or open a Stream in ` +
			`cache earlier.`},
	{d.Case("explained/taken-by-another-action", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.Broadcast(Tick{N: 1}), d.Broadcast(Tick{N: 2}), d.Sync("cache"), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Await("sent"), d.CollectFrom(held, 2),
			d.Within(bound, d.NextFrom(held)))),
		`cache waited MS for an event of type Tick (action 5, NextFrom[Tick](held)). client ran its action 3, Broadcast(Tick{N:2}), WHEN It arrived ` +
			`MS before cache began to wait. cache had taken such events before, at action 4 for the last time. In all, 2 events had arrived at cache, ` +
			`which had taken as many: have more sent, or wait for fewer.`},
	{d.Case("explained/sent-before-the-other-connected", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Broadcast(Tick{N: 1}, lahja.BroadcastConfig{AllowNoSubscribers: true}), d.Signal("sent")),
		d.New(d.RunEndpoint("cache"), d.Await("sent"), d.ConnectToEndpoints("client"), d.Within(bound, d.WaitFor[Tick]()))),
		`cache waited MS for an event of type Tick (action 3, WaitFor[Tick]()). client ran its action 1, Broadcast(Tick{N:1}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was done MS before cache subscribed. It went to nobody; client was not connected to cache then. An event ` +
			`reaches only endpoints that have subscribed: put WaitUntilEndpointSubscribedTo[Tick]("cache") before it in client, or open a Stream in cache earlier.`},
	{d.Case("explained/answers-another-request", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.NextFrom(asks).Into(asked), d.NextFrom(asks), d.Respond(asked, Answer{}), d.Await("gave up")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Background("ask", d.Request(Question{})),
			d.Sleep(20*time.Millisecond), d.Within(bound, d.Request(Question{})), d.Signal("gave up"), d.Join("ask"))),
		`client waited MS for an answer to its Question (action 5, Request(Question{})). server subscribed to it at action 1, Stream[Question](asks). server ` +
			`took the request MS after it was sent, and had not answered MS later.`},
	{d.Case("explained/subscribes-after-its-handler-is-due", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(bound, d.WaitAnyThenRequest(Question{})), d.Signal("gave up")),
		d.New(d.RunEndpoint("server"), d.ConnectToEndpoints("client"), d.Await("gave up"), d.Serve(func(context.Context, *d.Scope, lahja.Event[Question]) (Answer, error) { return Answer{}, nil }))),
		`client waited MS for any endpoint to subscribe to Question (action 1, WaitAnyThenRequest(Question{})). server would do so at action 3, ` +
			`Serve[Question](func), and was at action 2, Await("gave up"), for MS. ` +
			`So client and server wait for each other, as planned: client for server with WaitAnyThenRequest(Question{}), server for client with Await("gave up"). Put one of these actions later.`},
	{d.Case("explained/sent-by-a-handler", "this must fail",
		d.New(d.ServeEndpoint("server"), d.WaitUntilEndpointSubscribedTo[Tick]("client"),
			d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Question]) error {
				return lahja.Broadcast(ctx, s.Endpoint(), Tick{N: 1})
			})),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Stream(held), d.WaitAnyThenBroadcast(Question{}),
			d.NextFrom(held), d.Within(bound, d.NextFrom(held)))),
		`client waited MS for an event of type Tick (action 5, NextFrom[Tick](held)). server sent one to client, in a function. It arrived MS before ` +
			`client began to wait. client had taken such events before, at action 4 for the last time. In all, one event had arrived at client, which had ` +
			`taken as many: have more sent, or wait for fewer.`},
}, explainedFunctions, explainedMeetings, explainedValues, explainedOthers)

var asked = d.NewSlot[lahja.Event[Question]]("asked")

var second = d.NewSlot[*lahja.Stream[Tick]]("second")

var held = d.NewSlot[*lahja.Stream[Tick]]("held")

var asks = d.NewSlot[*lahja.Stream[Question]]("asks")

var aPlace = regexp.MustCompile(`\w+_test\.go:\d+`)

var aDuration = regexp.MustCompile(`\b[\d.]+(µs|ms|s)\b`)

func TestExplanations(t *testing.T) {
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())} {
		for _, c := range explained {
			t.Run(e.Name()+"/"+c.scenario.Name, func(t *testing.T) {
				t.Parallel() // They mostly wait.
				r := runner.Runner{Engine: e}
				report := r.Run(t.Context(), c.scenario)
				if report.Verdict == runner.Unsupported {
					t.Skip(report.Reason)
				}
				got := aPlace.ReplaceAllString(aDuration.ReplaceAllString(report.Explanation, "MS"), "PLACE")
				got = regexp.MustCompile(`in \d+ steps`).ReplaceAllString(got, "in N steps")
				// A handler whose context ends may return before the driver has failed.
				got = regexp.MustCompile(`had been busy with Tick from client for MS`).ReplaceAllString(got, "was not done with Tick from client MS after it arrived")
				// A driver learns of a failure in the background at once, or at its Join.
				got = strings.ReplaceAll(got, `background action "wait": `, "")
				// A connection ends before its process is known to have.
				got = regexp.MustCompile(`server (was at action 3 of 3, Crash\(\), for MS|had ended at action 3 of 3)\.( Its process ended with signal 9 \(killed\)\.)?`).ReplaceAllString(got, "server WENT")
				// A wait for a subscription begins before the subscription or after it.
				got = regexp.MustCompile(`(while cache subscribed|MS after cache began to subscribe)\.`).ReplaceAllString(got, "WHEN")
				got = strings.ReplaceAll(got, "while server subscribed.", "MS after server began to wait.")
				// Several events may be one entry, which is then not exact to a millisecond.
				got = regexp.MustCompile(`about when (\w+) began to wait`).ReplaceAllString(got, "MS before $1 began to wait")
				if got != c.want {
					t.Errorf("got\n%s\nwant\n%s\nof\n%s", got, c.want, report)
				}
				if report.Explanation != "" && !strings.Contains(report.String(), strings.Join(strings.Fields(report.Explanation)[:3], " ")) {
					t.Errorf("the report does not begin with it:\n%s", report)
				}
			})
		}
	}
}
