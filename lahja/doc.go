// Package lahja is an event bus: endpoints that connect to each other and
// broadcast, request, stream and subscribe to typed events, within a process
// and across processes.
//
//	type Ping struct {
//		lahja.Expects[Pong] // the type of the answer
//		N int
//	}
//	type Pong struct{ N int }
//
//	config, err := lahja.ConfigFromName("server", dir)
//	server, err := lahja.ServeEndpoint(ctx, config, nil)
//	defer server.Close()
//	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
//		return e.Respond(ctx, Pong{N: e.Data.N + 1})
//	})
//
//	client, err := lahja.RunEndpoint(ctx, "client", nil)
//	defer client.Close()
//	err = client.ConnectToEndpoints(ctx, config)
//	err = lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, client, "server")
//	pong, err := lahja.Request(ctx, client, Ping{N: 1})
//	fmt.Println(pong.Data.N, pong.Origin()) // 2 server
//
// EndpointAPI is the contract, Endpoint its implementation over any Transport,
// and Core what a second implementation starts from.
//
// # What is promised
//
//   - Events of one sender arrive at one subscription in the order sent. Events
//     that several goroutines of one endpoint broadcast at once are in no
//     particular order, and neither are those of two senders.
//   - For one event, the pending request is served first, then streams, then
//     handlers are queued. A handler is called for one event after the other.
//   - A broadcast that returned without an error is queued for every receiver. It
//     arrives unless the connection ends, and then that is observed, logged and
//     visible in Peers. Sync waits until it was handled.
//   - What waits is bounded, at the sender and at the receiver. Where there is no room
//     a broadcast waits, up to its context's end or Options.BlockWait, for that
//     receiver alone: the others have the event. Where a SlowPolicy says otherwise
//     events are dropped, never without being counted and observed; the log tells of
//     the first one, the second, the fourth and so on.
//   - When ConnectToEndpoints returns, each side lists the other and knows its
//     subscriptions. Later changes travel as the whole set, in order with events.
//   - Any method may be called from any handler. Close and Shutdown called there do
//     not wait for handlers. An inline handler (SubscribeConfig.Inline) is one that has
//     asked for less: in it what would have to wait is an error.
//   - Bytes from a peer that are not what they claim to be end that one
//     connection, with a logged reason. An event that is well-formed but does not
//     fit its type here costs that one event, logged and observed, and fails the
//     request that it answers.
//
// # Contexts and the end
//
// A call whose context has ended fails with the context's error, also where there is
// nothing to wait for. Before an endpoint runs and after it closed calls fail with
// ErrLifecycle, it lists nobody, and no query of it holds. IsRunning and IsServing report
// where in its life it is, and Done is closed at its end.
//
// Loops over a Stream or over Replies yield events and nothing else. Err says afterwards
// why the last one ended.
//
// # Queue groups
//
// Subscriptions of one type with the same SubscribeConfig.Group are members of a queue
// group, on whatever endpoints they are. Of each group one member receives an event,
// besides all who subscribe outside of groups. The sender chooses: for each type and
// group the endpoints take turns, among those that the BroadcastConfig allows, and one
// that is full is passed over where another one is not. On the endpoint that was chosen
// its members take turns.
//
// Each sender takes turns by itself, so that two of them may choose the same member at
// once. An event for a member that goes, or is closed, before it takes it is lost to its
// group, as events are that are under way to a peer that goes; what was in the member's
// queue is observed as dropped. A member counts as a subscriber in every check, and a
// request to a group is answered by one of its members.
//
// # Requests
//
// Request waits for the first answer. RequestAll yields the answers as they come, until
// everybody who was asked has answered or gone; Replies.Err then says what went wrong. Who was asked is settled when the request
// is sent: who subscribes to it later does not get it, and is not waited for.
//
// # Headers and traces
//
// BroadcastConfig.Headers travel with an event, beside its data, and Event.Headers
// gives them to who receives it. An answer has none unless it is given some.
//
// Two of them are W3C's trace context. They are set where the context of a broadcast
// or a request has a trace (WithTrace), and a handler's context has the trace of its
// event: a trace goes on through handlers, requests and answers from process to
// process without any code in between. The bus checks the traceparent and makes none;
// packages observe and otelobserve log, count and make spans.
//
// # Versions of event types
//
// Programs of different versions work together when an event type has got or lost fields: a
// field that is missing is zero, and one that is unknown is ignored. A field whose type has
// changed is ErrTypeMismatch, which both sides say and which names the field; events that
// have one are not decoded. It is the same for requests and answers. Inspect and `lahja tap` show
// which types differ, and docs/evolving.md says how to change one.
//
// # Inline handlers
//
// A handler is called by a goroutine of its subscription's own, which gets the events out
// of a queue. With SubscribeConfig.Inline it is called by the one that reads them, and
// their data stays where it was read to. That is much cheaper, and for handlers that only
// note something or answer; the field says what it costs.
//
// # Reasons
//
// Nothing that reads from a peer waits for a subscriber, unless that wants it (Inline),
// as a request in a handler could otherwise never be answered. So it is the sender that
// has to wait, and flow control goes from end to end. With its subscriptions an endpoint tells its peers how
// many bytes of each type may be under way to it: the window, which is the least
// SubscribeConfig.QueueBytes of those that block. A sender counts, for each peer and
// type, what it has queued and not heard to be taken (lane), and queues nothing more
// once that fills the window; so an event that is larger than all of it can go. A
// receiver counts what has arrived (flow), and says that it was taken when the last
// subscription that blocks has taken it out of its queue to handle it, a quarter of a
// window at a time. Who sends more than that is not one of ours, and is
// disconnected. Subscriptions with another policy drop for themselves alone and do
// not count.
//
// Behind its lane an event needs room in the queue for the peer (Options.QueueBytes),
// which fills when the peer's process does not read. A lane that is full holds its own
// type up, a queue that is full every type. Answers and control frames pass both, as
// the bus would stand still without them. What an endpoint broadcasts to itself has
// lanes as well, one a type.
//
// What bounds the waiting is the broadcast's context and BlockWait, which also ends a
// circle of handlers that wait for each other's queues. A handler that would wait for
// itself, as its own subscription is full of the type that it broadcasts, is told at
// once.
//
// An event is encoded once, whoever receives it, and behind the one that was encoded
// before it (segment). The queue for a peer that gets both holds them as one piece (run),
// which costs no more than a single event does and is written without being copied. Such
// memory is used again once every peer's writer is done with it. An event has memory of
// its own where it is written, or may be dropped, by itself, where its broadcast waits
// for room, and where a peer so slow gets so few that it would keep too much (runLocked).
//
// Events are delivered as many at a time as there are: a reader gathers those of one
// type and hands them on when something else comes, when they are many, and at the
// latest when nothing more is there to be read, so that none waits for the next. A
// handler's goroutine takes up to 64 of them in hand at once, but one by one where
// they may still be dropped.
//
// Where requests to one peer come one behind the other, each reads its answer itself,
// and whatever comes before it: to be woken by a reader would cost it a third of its time.
// The reader looks after a millisecond whether they still come, and ever more rarely while
// they do, but goes on at once where it is needed (lahja/internal/lease). It is so only on sockets, Unix or
// TCP, that nothing is put around.
//
// Readers run for the length of a connection; writers and handlers only while
// there is something to do, so that an idle connection costs one goroutine and
// an idle subscription none.
//
// The set of subscriptions is put in front of what waits to be written, when it is
// written: changes coalesce, and a peer never gets an event or a sync that
// was queued after a change before it learns of the change.
//
// Close writes what was accepted, within a linger; Shutdown also lets handlers finish what
// has arrived. Both end a connection with a goodbye behind what is queued. The side that has
// both said and heard goodbye closes the connection, when nothing can be under way any
// more. To close it earlier would not do: a socket that is closed with unread input resets
// the connection, and the system discards what it has not sent yet.
//
// An endpoint that is to reconnect (Options.Reconnect) makes its attempts on a
// goroutine that there is only while the peer is missed, and through the code of
// ConnectToEndpoints, so that attempts of both sides at once, and those of calls,
// end as any two do. The pauses (Backoff) are a line of arithmetic, for which the
// bus takes no dependency into every program that uses it.
//
// A connected peer keeps its name for as long as its connection stands. Nothing else
// says that it has gone: a process that is stopped, or busy in an inline handler, says
// nothing either, and gets all that was sent when it goes on. The connection itself
// fails when the other machine has gone; over TCP see the package tcp. So an endpoint
// that comes under the name of a connected peer has it probed, and is refused at the
// latest after ProbeTimeout, unless the connection ends before.
//
// Who looks on (`lahja tap`, Inspect) changes nothing of what it looks at: a tap is no
// peer, as one would change who is listed and who gets what. It says so in its
// first frame, and gets copies through a queue of its own that drops and counts. The
// counters lie under locks that are taken in any case, or are added up by the reader of
// a connection whenever it delivers.
//
// # Locks
//
// No lock is held across I/O, a callback or a wait. These are taken in this order,
// each possibly alone:
//
//	memory.one, Endpoint.mu, peer.mu, outbox.mu or tap.mu, workers.mu
//	Endpoint.mu or transportUse.mu, users.mu
//	pendingRequest.mu
//	Core.mu
//	Subscription.mu, the locks of lahja/internal/work
//
// The lines are independent but for four locks. Endpoint.mu and workers.mu are in two of them.
// pendingRequest.mu is held while Core.mu is taken, so that a request is off the core's
// table before anybody can see that it has ended. And outbox.mu is taken with Core.mu
// held, to ask whether a peer is full (CoreConfig.Full) and to tell it of a type
// (CoreConfig.Describe), and never the other way round. PeerTypes.mu may be taken with Core.mu held.
// answerFlow.mu is the last one, wherever it is taken.
// Else no lock of one is held while one of another is taken. The lanes to a peer are
// guarded by its outbox.mu, those of an endpoint to itself by Core.mu. That events were
// taken is told, and their deliveries are given back, with no lock held.
package lahja
