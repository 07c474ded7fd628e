// Package natsbus is a lahja.EndpointAPI on a NATS server: endpoints that find
// each other by name, wherever they are, as long as they reach the server.
//
//	options := &natsbus.Options{URL: "nats://localhost:4222"}
//	server, err := natsbus.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "server"}, options)
//	defer server.Close()
//	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
//		return e.Respond(ctx, Pong{N: e.Data.N + 1})
//	})
//
//	client, err := natsbus.RunEndpoint(ctx, "client", options)
//	defer client.Close()
//	err = client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server"})
//	pong, err := lahja.Request(ctx, client, Ping{N: 1})
//
// The embedded server for tests is package natstest.
//
// # Subjects
//
// All begin with Options.Bus; names and types are escaped to one token.
//
//	BUS.t.TYPE      the events of a type that are for everybody
//	BUS.i.INSTANCE  what is for one endpoint: filtered events, answers, control
//	BUS.p.NAME      what an endpoint tells all its peers: its subscriptions, that it
//	                lives, that it leaves
//	BUS.l.NAME      who wants to connect to a serving endpoint
//	BUS.n.INSTANCE  where the server says that nobody listens
//
// So an event is published once, whatever the number of its receivers, and the
// server routes it by interest. A filtered event is published once for each endpoint
// that the filter names, an internal one not at all. One for queue groups says which
// member of each was chosen. An endpoint may be sent events by others that it is not
// connected to, and events that are for other members; it discards them.
//
// # What is promised
//
// What package lahja promises, but for:
//
//   - Backpressure does not reach from a receiver to a sender. The server stands
//     between them, and disconnects a client that does not read (its max_pending).
//     Options.QueueBytes bounds what waits for the server, and Options.BlockWait how
//     long a broadcast waits for room there.
//   - An event can be lost between two connected endpoints: when the server
//     restarts, or when one cannot keep up. Messages are counted, per sender and
//     subject, so that every gap is reported with its size (Gap): to the log, the
//     observer, Options.OnGap and Stats. A gap is found with the next event, the
//     next Sync, after a reconnect, or with the next heartbeat.
//   - A request whose answer was lost waits for its context: the gap says that
//     something was lost, not what, and an answer may also come late.
//   - A peer whose connection to the server ends is noticed within three heartbeats,
//     one that only falls silent within Options.Liveness. A goodbye is noticed at
//     once.
//   - The server's max_payload (1 MiB unless it is configured) limits an event as
//     it is sent, and a set of subscriptions.
//   - Names are unique among the peers of an endpoint, and among the endpoints that
//     serve unless two of one name begin in the same moment.
//   - Whoever may publish to the bus's subjects can pose as anybody: a message says
//     itself which endpoint it is from. Such a forger can answer, say goodbye or report
//     a peer as absent in another's name, once it knows the instance (every event has it)
//     and, for an answer, the random id of the request. What is trusted is the server:
//     give accounts and permissions to those alone whom you trust. An endpoint that uses
//     its own name can do none of this: its answers count only where it was asked, and
//     a welcome or a refusal only if it has seen the hello.
//
// When the server comes back, endpoints are connected as before, restore their
// subscriptions and compare notes. A peer that was given up meanwhile is looked for,
// for ten minutes, and connected to again by itself if it is the same run. Another run
// is gone back to with Options.Reconnect.
//
// # Reasons
//
// NATS keeps the order of what one connection publishes to one that subscribes,
// across subjects. Therefore an endpoint has one connection, one goroutine that
// publishes, and one channel into which all subscriptions deliver and from which
// one goroutine dispatches. Everything that is to be in order goes through these: a
// sync is behind the events that it waits for.
//
// Sequence numbers are given by the writer, when an event is published: so what is
// given up before is no gap, and a mark ("so far") is exact for its place in the
// stream. A receiver counts the events of a type from the mark with which the sender
// acknowledged the subscription, as what it got before was good luck.
//
// What waits while there is no server waits in the endpoint's own queue, not in
// the client's, so that it counts against the limit.
//
// # Locks
//
// No lock is held across I/O, a callback or a wait. Endpoint.mu is taken before
// outbox.mu, and neither while a lock of the core is held. The fields of writer are
// its goroutine's own.
package natsbus
