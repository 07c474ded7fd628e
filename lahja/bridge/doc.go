// Package bridge joins the endpoints on the Unix sockets of one machine with those on a NATS server,
// so that each can connect to the other by name. No program changes: an endpoint on the server
// appears as a socket with its name, and an endpoint on a socket appears on the server.
//
//	err := bridge.Run(ctx, bridge.Options{
//		Sockets: "/run/lahja",
//		NATS:    &natsbus.Options{URL: "nats://hub:4222"},
//		Export:  []string{"orders", "stock*"},
//		Import:  []string{"*"},
//	})
//
// # How it works
//
// Each connection between two endpoints passes through the bridge as a pair: a connection to a
// socket, and one to an endpoint on the server, where the bridge stands for the endpoint on the
// socket, under its name and with the instance of its run (natsbus.Proxy). Events pass as bytes; the
// bridge knows no event type. What each side subscribes to, acknowledges, syncs and says when it
// leaves is passed on before it is confirmed, so that a connect, a wait or a sync holds from end to
// end. The ids of events are those of their senders, so that answers reach their request.
//
// # Guarantees
//
// Those of both sides hold, where both give them. What arrives from the server waits in a bounded
// queue for each pair (Options.QueueBytes), because the server cannot be held up. What finds no
// room is dropped, counted (Stats.Lost) and logged. What the server does not deliver to the bridge
// is counted too (Stats.Missed). What arrives from a socket is taken as the server takes it, within
// the windows of its receiver. While the server is away, the socket is not read.
//
// Names are unique over both sides. The second endpoint to take one is refused, and told which
// endpoint has it, and where.
//
// A bridge that is closed takes its endpoints off both sides, which are told why. One that is killed
// is noticed at once on the sockets, and within three heartbeats on the server. The next bridge
// takes over the sockets that it has left. Endpoints with Options.Reconnect come back by themselves.
//
// # Who can act as whom
//
// The bridge lets in what may connect to its sockets, which is the user it runs as alone, and says
// on the server that it is the endpoint that it was told. So whoever may use the sockets can act
// under every exported name, and whoever may publish to the bus on the server under every imported
// one. Both lists are closed by default, and a connection passes only if its endpoint on a socket is
// exported and the one on the server imported. Nothing that either side sends makes the bridge hold
// more than its limits: see docs/limits.md.
//
// # Looking on
//
// Bridge.Stats and Bridge.Inspect show what passes. `lahja tap` at the socket of an imported endpoint
// shows that endpoint's connections through the bridge, and the events that pass.
package bridge
