// Package lahja is an event bus. Endpoints connect to each other, and broadcast, request,
// stream and subscribe to typed events, within a process and across processes.
//
//	type Ping struct {
//		lahja.Expects[Pong] // the type of the answer
//		N int
//	}
//	type Pong struct{ N int }
//
//	config, err := lahja.ConfigFromName("server", dir)
//	server, err := p2p.ServeEndpoint(ctx, config, nil)
//	defer server.Close()
//	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
//		return e.Respond(ctx, Pong{N: e.Data.N + 1})
//	})
//
//	client, err := p2p.RunEndpoint(ctx, "client", nil)
//	defer client.Close()
//	err = client.ConnectToEndpoints(ctx, config)
//	err = lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, client, "server")
//	pong, err := lahja.Request(ctx, client, Ping{N: 1})
//	fmt.Println(pong.Data.N, pong.Origin()) // 2 server
//
// EndpointAPI is the contract. Package p2p implements it over any transport, and package
// natsbus on a NATS server. Package core is for other implementations. Where this page says
// Options, it means those of the implementation, such as p2p.Options.
//
// # Guarantees
//
//   - Order: events of one sender arrive at one subscription in the order sent. There is no
//     particular order between events of two senders, or between events that several
//     goroutines of one endpoint broadcast at once.
//   - Delivery: an event goes first to the pending request that it answers, then to
//     streams, and then to handlers. A handler is called for one event at a time.
//   - Loss: when a broadcast returns without an error, the event is queued for every
//     receiver. It arrives unless the connection ends, and that is observed, logged and
//     visible in Peers. Sync waits until the event was handled.
//   - Bounds: every queue is bounded, at the sender and at the receiver. If a receiver has
//     no room, a broadcast waits for that receiver until its context ends or
//     Options.BlockWait has passed; the other receivers have the event. With another
//     SlowPolicy, events are dropped. Every drop is counted and observed, and the log
//     reports the first, the second, the fourth and so on.
//   - Connecting: when ConnectToEndpoints returns, each side lists the other and knows its
//     subscriptions. A later change of subscriptions travels as the whole set, in order
//     with events.
//   - Handlers: you may call any method from any handler. Close and Shutdown then do not
//     wait for handlers. A handler may block. What else comes from that peer may then wait
//     up to 2 ms, ever more rarely.
//   - Faults: if a peer sends malformed bytes, that one connection ends, with a logged
//     reason. A well-formed event that does not fit its type here is dropped, logged and
//     observed, and fails the request that it answers.
//
// # Contexts and closing
//
// If its context has already ended, a call returns the context's error, even if it would
// not have to wait. Before an endpoint runs and after it has closed, calls return
// ErrLifecycle, Peers lists nobody, and every query returns false. IsRunning and IsServing
// report the endpoint's state. Done is closed when the endpoint has ended.
//
// Loops over a Stream or over Replies yield only events. Afterwards, Err returns why the
// last loop ended.
//
// # Queue groups
//
// Subscriptions of one type with the same SubscribeConfig.Group form a queue group, even on
// several endpoints. One member of each group receives an event. Subscriptions outside of
// groups receive it too. The sender chooses the member: for each type and group, the
// endpoints that the BroadcastConfig allows take turns. It passes over a full endpoint if
// another one has room. On the chosen endpoint, its members take turns.
//
// Each sender takes turns on its own, so two senders may choose the same member at once. If
// a member goes away or closes before it takes an event, the event is lost to its group,
// like events on their way to a peer that goes away. Events in the member's queue are
// observed as dropped. A member counts as a subscriber in every check. One member of a
// group answers a request.
//
// # Requests
//
// Request waits for the first answer. RequestAll yields the answers as they arrive, until
// every endpoint that was asked has answered or gone. Replies.Err then returns what went
// wrong. An endpoint that subscribes after the request was sent does not receive it, and
// nobody waits for its answer.
//
// # Headers and traces
//
// BroadcastConfig.Headers travel with an event, beside its data, and Event.Headers returns
// them to receivers. An answer has no headers unless you set them.
//
// Two headers carry a W3C trace context. The bus sets them if the context of a broadcast or
// request has a trace (WithTrace), and a handler's context has the trace of its event. So a
// trace continues through handlers, requests and answers, from process to process, without
// code of yours. The bus checks the traceparent but makes none. Packages observe and
// otelobserve log, count and make spans.
//
// # Versions of event types
//
// Programs with different versions of an event type work together if fields were added or
// removed: a missing field is zero, and an unknown one is ignored. If a field's type
// changed, events of that type are not decoded. Both sides report ErrTypeMismatch, which
// names the field. The same holds for requests and answers. Inspect and `lahja tap` show
// which types differ, and docs/evolving.md explains how to change one.
package lahja
