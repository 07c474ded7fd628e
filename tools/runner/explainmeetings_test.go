package runner_test

import (
	"context"
	"os"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// explainedMeetings are mistakes with checkpoints, signals, deadlines and processes that end.
var explainedMeetings = []mistake{
	{d.Case("explained/bounded-checkpoint", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(time.Minute, d.WaitUntilEndpointSubscribedTo[Tick]("cache")), d.Checkpoint("ready")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Checkpoint("ready")), d.WaitFor[Tick]()),
		d.New(d.RunEndpoint("other"), d.ConnectToEndpoints("client"), d.WaitAnyThenBroadcast(Tick{}))),
		`cache waited MS for all parties of checkpoint "ready" (action 2, Checkpoint("ready")). client would do so at action 2, Checkpoint("ready"), ` +
			`and was at action 1, WaitUntilEndpointSubscribedTo[Tick]("cache"), for MS. So cache and client wait for each other, as planned: cache for ` +
			`client with Checkpoint("ready"), client for cache with WaitUntilEndpointSubscribedTo[Tick]("cache"). Put one of these actions later.`},
	{d.Case("explained/bounded-signal", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Sleep(tooLong), d.Signal("ready")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Await("ready")))),
		`cache waited MS for signal "ready" (action 2, Await("ready")). client would do so at action 2, Signal("ready"), and was at action 1, ` +
			`Sleep(MS), for MS.`},
	{d.Case("explained/bounded-await-driver", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Sleep(tooLong)),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.AwaitDriver("client")))),
		`cache waited MS for driver "client" to finish its actions (action 2, AwaitDriver("client")). client was at action 1 of 1, Sleep(MS), for MS.`},
	{d.Case("explained/cycle-of-waits", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(time.Minute, d.WaitFor[Tick]()), d.Signal("ready")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(150*ms, d.Await("ready")), d.WaitAnyThenBroadcast(Tick{}))),
		`cache waited MS for signal "ready" (action 2, Await("ready")). client would do so at action 2, Signal("ready"), and was at action 1, ` +
			`WaitFor[Tick](), for MS. So cache and client wait for each other, as planned: cache for client with Await("ready"), client for cache with ` +
			`WaitFor[Tick](). Put one of these actions later.`},
	{d.Case("explained/cycle-of-three", "this must fail",
		d.New(d.ServeEndpoint("a"), d.WaitUntilConnectedTo("b", "c"), d.Within(150*ms, d.WaitFor[Tick]()), d.Signal("one")),
		d.New(d.RunEndpoint("b"), d.ConnectToEndpoints("a"), d.Await("one"), d.Signal("two")),
		d.New(d.RunEndpoint("c"), d.ConnectToEndpoints("a"), d.Await("two"), d.WaitAnyThenBroadcast(Tick{N: 1}))),
		`a waited MS for an event of type Tick (action 2, WaitFor[Tick]()). c would do so at action 3, WaitAnyThenBroadcast(Tick{N:1}), and was at ` +
			`action 2, Await("two"), for MS. c waits there for b. b would do so at action 3, Signal("two"), and was at action 2, Await("one"), for MS. So ` +
			`a and c and b wait for each other, as planned: a for c with WaitFor[Tick](), c for b with Await("two"), b for a with Await("one"). Put one ` +
			`of these actions later.`},
	{d.Case("explained/cycle-of-checkpoints", "this must fail",
		d.New(d.NoEndpoint("a"), d.Parallel(d.Sequence(d.Checkpoint("one"), d.Checkpoint("two")))).WithActionTimeout(time.Minute),
		d.New(d.NoEndpoint("b"), d.Parallel(d.Sequence(d.Checkpoint("two"), d.Checkpoint("one"))))).WithTimeout(time.Second),
		`The time of the scenario was up after MS. a had waited for b for MS (action 1, Checkpoint("one")). b had waited for a for MS (action 1, ` +
			`Checkpoint("two")). So a and b wait for each other, as planned: a for b with Checkpoint("one"), b for a with Checkpoint("two"). Put one of ` +
			`these actions later.`},
	{d.Case("explained/conditional-signal", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Parallel(d.Throws(d.Sequence(d.Do("fail", func(context.Context, *d.Scope) error { return errMine }), d.Signal("ready")), errMine))),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("ready"))),
		`cache waited MS for signal "ready" (action 2, Await("ready")). client had done all its actions, and had not come to Signal("ready"), which ` +
			`stands in its action 1, Parallel(Throws("what the handler returns", Sequence(Do("fail"), Signal("ready")))).`},
	{d.Case("explained/deadline-at-a-checkpoint", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Sleep(time.Minute), d.Checkpoint("done")).WithActionTimeout(2*time.Minute),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Checkpoint("done"))).WithTimeout(400 * ms),
		`The time of the scenario was up after MS. cache had waited for client for MS (action 2, Checkpoint("done")). client was at action 1 of 2, ` +
			`Sleep(1m0s), for MS.`},
	{d.Case("explained/deadline-of-a-chain", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Within(time.Minute, d.WaitFor[Tick]()), d.Checkpoint("done")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("go"), d.WaitAnyThenBroadcast(Tick{}), d.Checkpoint("done")),
		d.New(d.NoEndpoint("late"), d.Do("block", block), d.Signal("go")).WithActionTimeout(time.Minute)).WithTimeout(400 * ms),
		`The time of the scenario was up after MS. client had waited for cache for MS (action 1, WaitFor[Tick]()). cache had waited for late for MS ` +
			`(action 2, Await("go")). late was in a function of its action 1, Do("block"), for MS, PLACE. No request and no subscription was recorded ` +
			`there that had not ended: what it waited for is not known.`},
	{d.Case("explained/deadline-by-many-steps", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Repeat(12, d.Sleep(50*ms)), d.Checkpoint("done")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Checkpoint("done"))).WithTimeout(500 * ms),
		`The time of the scenario was up after MS. cache had waited for client for MS (action 2, Checkpoint("done")). client was at action 1 of 2, ` +
			`Sleep(MS), for MS. It took most of its time, MS, in N steps of its action 1, Repeat(12, Sleep(MS)).`},
	{d.Case("explained/exits-in-a-function", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Await("asking"), d.Do("exit", func(context.Context, *d.Scope) error { os.Exit(3); return nil }), d.Serve(respond)),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.Signal("asking"), d.WaitAnyThenRequest(Question{}))).Needing(isolated...),
		`The process of server ended in its action 2, Do("exit"), MS after that began: the child ended with exit code 3 before its driver had ` +
			`finished. client was at action 3 of 3, WaitAnyThenRequest(Question{}), for MS.`},
	{d.Case("explained/exits-in-a-handler", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Subscribe(func(ctx context.Context, s *d.Scope, _ lahja.Event[Tick]) error {
			if err := s.Engine().Sleep(ctx, 50*ms); err != nil {
				return err
			}
			os.Exit(3)
			return nil
		}), d.Sleep(time.Second), d.Signal("handled")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenBroadcast(Tick{N: 1}), d.Await("handled"))).Needing(isolated...),
		`The process of server ended in its action 2, Sleep(MS), MS after that began: the child ended with exit code 3 before its driver had ` +
			`finished. A handler was not done with Tick from client then, which had arrived MS before. client was at action 3 of 3, Await("handled"), for ` +
			`MS.`},
	{d.Case("explained/crashes-too-early", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.NextFrom(asks), d.Crash()),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Request(Question{}))).Needing(isolated...),
		`The other side went away while client was at action 3, Request(Question{}). server WENT server took the ` +
			`request MS after it was sent, and had not answered MS later.`},
	{d.Case("explained/service-is-gone", "this must fail",
		d.New(d.ServeEndpoint("server"), d.Stream(asks), d.NextFrom(asks), d.CloseEndpoint()),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitUntilAnyEndpointSubscribedTo[Question](), d.Request(Question{}))),
		`The other side went away while client was at action 3, Request(Question{}). server had closed its endpoint at action 3, CloseEndpoint(), MS ` +
			`before. server took the request MS after it was sent, and had not answered MS later.`},
	{d.Case("explained/wait-until-disconnected", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Within(bound, d.WaitUntilDisconnectedFrom("cache")), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Await("gave up"), d.CloseEndpoint())),
		`client waited MS for the end of its connection to cache (action 2, WaitUntilDisconnectedFrom("cache")). cache would do so at action 3, ` +
			`CloseEndpoint(), and was at action 2, Await("gave up"), for MS.`},
	{d.Case("explained/join-of-a-stuck-task", "this must fail",
		d.New(d.ServeEndpoint("client"), d.Await("gave up"), d.Broadcast(Tick{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Background("wait", d.WaitFor[Tick]()), d.Within(bound, d.Join("wait")), d.Signal("gave up"))),
		`cache waited MS for the background action "wait" (action 3, Join("wait")). It was started at action 2, Background("wait", WaitFor[Tick]()). ` +
			`client would do so at action 2, Broadcast(Tick{N:0}, BroadcastConfig{AllowNoSubscribers}), and was at action 1, Await("gave up"), for MS.`},
	{d.Case("explained/parallel-waits", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[Tick]("cache"), d.WaitUntilEndpointSubscribedTo[Tack]("cache"), d.Broadcast(Tick{}), d.Await("gave up"), d.Broadcast(Tack{}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Within(bound, d.Parallel(d.WaitFor[Tick](), d.WaitFor[Tack]())), d.Signal("gave up"))),
		`cache waited MS for an event of type Tack (action 2, WaitFor[Tack]()). client would do so at action 5, Broadcast(Tack{N:0}, ` +
			`BroadcastConfig{AllowNoSubscribers}), and was at action 4, Await("gave up"), for MS. Meanwhile cache received Tick from client, of another ` +
			`type. So cache and client wait for each other, as planned: cache for client with WaitFor[Tack](), client for cache with Await("gave up"). ` +
			`Put one of these actions later.`},
	{d.Case("explained/not-all-subscribe", "this must fail",
		d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache", "ledger"), d.Within(bound, d.WaitUntilAllEndpointsSubscribedTo[Tick](false)), d.Signal("gave up")),
		d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Stream(held), d.Await("gave up")),
		d.New(d.RunEndpoint("ledger"), d.ConnectToEndpoints("client"), d.Await("gave up"), d.Stream(held))),
		`client waited MS for all endpoints to subscribe to Tick (action 2, WaitUntilAllEndpointsSubscribedTo[Tick](false)). cache subscribed to it ` +
			`at action 2, Stream[Tick](held). ledger would do so at action 3, Stream[Tick](held), and was at action 2, Await("gave up"), for MS. ledger ` +
			`had not told client of a subscription to it.`},
}
