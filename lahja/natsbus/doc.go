// Package natsbus implements lahja.EndpointAPI on a NATS server. Endpoints find each other
// by name, wherever they are, as long as they reach the server.
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
// Package natstest has an embedded server for tests.
//
// # Guarantees
//
// The guarantees of package lahja hold, with these exceptions:
//
//   - Backpressure does not reach from a receiver to a sender. The server stands between
//     them, and disconnects a client that does not read (its max_pending).
//     Options.QueueBytes bounds what waits for the server, and Options.BlockWait how long a
//     broadcast waits for room there.
//   - An event can be lost between two connected endpoints, when the server restarts or
//     when one side cannot keep up. Messages are counted per sender and subject, so every
//     gap is reported with its size (lahja.Gap): to the log, the observer, Options.OnGap and
//     Stats. A gap is found with the next event, the next Sync, after a reconnect, or with
//     the next heartbeat.
//   - A request whose answer was lost waits until its context ends. The gap says that
//     something was lost but not what, and an answer may also arrive late.
//   - If a peer's connection to the server ends, that is noticed within three heartbeats.
//     If the peer only falls silent, it is noticed within Options.Liveness. A goodbye is
//     noticed at once.
//   - The server's max_payload (1 MiB by default) limits an event as it is sent, and a set
//     of subscriptions.
//   - Names are unique among the peers of an endpoint. They are also unique among serving
//     endpoints, unless two of one name begin at the same moment.
//   - A client that may publish to the bus's subjects can pose as any endpoint, because a
//     message itself says where it is from. It can answer, say goodbye or report a peer as
//     absent in another's name, once it knows the instance (every event has it) and, for an
//     answer, the random id of the request. Trust rests on the server: give accounts and
//     permissions only to clients that you trust. An endpoint that uses its own name can do
//     none of this: its answers count only if it received the request, and its welcome or
//     refusal only if it received the hello.
//
// When the server comes back, endpoints are still connected, restore their subscriptions
// and compare what they sent and received. If a peer was given up meanwhile, the endpoint
// looks for it for ten minutes, and reconnects if it is the same run. To reconnect to
// another run, set Options.Reconnect.
//
// # Subjects
//
// All subjects begin with Options.Bus. Names and types are escaped to one token.
//
//	BUS.t.TYPE      the events of a type that are for everybody
//	BUS.i.INSTANCE  what is for one endpoint: filtered events, answers, control
//	BUS.p.NAME      what an endpoint tells all its peers: its subscriptions, that it
//	                lives, that it leaves
//	BUS.l.NAME      hellos to a serving endpoint
//	BUS.n.INSTANCE  where the server reports that nobody listens
//	BUS.s, BUS.w    the endpoints that serve, and questions for them
//
// An event is published once, whatever the number of its receivers, and the server routes
// it by interest. A filtered event is published once for each endpoint that the filter
// names, an internal event not at all. An event for queue groups names the chosen member of
// each. An endpoint may receive events from endpoints that it is not connected to, and
// events for other members; it discards them.
package natsbus
