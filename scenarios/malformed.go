package scenarios

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Malformed input costs at most the connection that it came on.
func malformedTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("malformed/first-message", "A connection that does not begin with a hello is closed, and nobody else notices.",
			func(env *d.Env) []*d.Driver {
				return disturbed(firstMessages(env.Seed), func(ctx context.Context, conn net.Conn, message []byte) error {
					// The server may close the connection before everything is written.
					_, _ = conn.Write(message)
					return untilClosed(ctx, conn)
				})
			}).WithSlack(4).Needing(engine.RawConnections),

		d.CaseFunc("malformed/later-message", "A peer that sends an unknown or oversized message loses its own connection, and no other connection is affected.",
			func(env *d.Env) []*d.Driver {
				return disturbed(laterMessages(env.Seed), func(ctx context.Context, conn net.Conn, message []byte) error {
					if _, err := introduce(conn, "stranger"); err != nil {
						return err
					}
					_, _ = conn.Write(message)
					return untilClosed(ctx, conn)
				})
			}).WithSlack(4).Needing(engine.RawConnections),

		d.CaseFunc("malformed/unknown-event", "An event of an unknown type costs nothing, not even its connection.",
			func(env *d.Env) []*d.Driver {
				unknown := wire.AppendEvent(nil, wire.EventMsg{Type: "nobody/knows", Sequence: 1, Payload: []byte{0xa0}}, -1)
				messages := []message{{"an unknown event", wire.NumberMsg{Number: 7}.Append(unknown, wire.Ping)}}
				return disturbed(messages, func(ctx context.Context, conn net.Conn, message []byte) error {
					frames, err := introduce(conn, "stranger")
					if err != nil {
						return err
					}
					if _, err := conn.Write(message); err != nil {
						return err
					}
					kind, _, err := frames.Next(wire.MaxHello)
					if err == nil && kind == wire.Taken { // Nobody subscribes to it, so the credit comes back.
						kind, _, err = frames.Next(wire.MaxHello)
					}
					if err == nil && kind != wire.Pong {
						err = fmt.Errorf("got %v, want a pong", kind)
					}
					return err
				})
			}).Needing(engine.RawConnections),
	}
}

// message is something that an unknown connection sends.
type message struct {
	what  string
	bytes []byte
}

func firstMessages(seed uint64) []message {
	return []message{
		{"the words of another protocol", []byte("GET / HTTP/1.1\r\nHost: server\r\n\r\n")},
		{"noise", content(seed, 1, 4<<10, false)},
		{"zeros", make([]byte, 64)},
		{"a frame of unknown kind", []byte{0, 0, 0, 1, 99}},
		{"a frame of four gigabytes", []byte{255, 255, 255, 255, byte(wire.Hello)}},
		{"an event before hello", wire.AppendEvent(nil, wire.EventMsg{Type: typeName[Tick](), Sequence: 1}, -1)},
		{"a hello of another protocol version", hello("stranger", wire.Version+1)},
		{"a hello with a name that is none", hello("\x00", wire.Version)},
		{"a hello with the server's name", hello("server", wire.Version)},
	}
}

func laterMessages(seed uint64) []message {
	event := func(payload []byte) []byte {
		return wire.AppendEvent(nil, wire.EventMsg{Type: typeName[Tick](), Sequence: 1, Payload: payload}, -1)
	}
	return []message{
		{"noise", content(seed, 2, 4<<10, false)},
		{"a frame of length zero", make([]byte, 4)},
		{"a frame of four gigabytes", []byte{255, 255, 255, 255, byte(wire.Event)}},
		{"a second hello", hello("stranger", wire.Version)},
		{"an event that does not decode", event([]byte("this is not an encoded tick"))},
		{"an event without anything in it", event(nil)},
		{"an event above the limit of 16 MiB", []byte{0x01, 0x10, 0, 0, byte(wire.Event)}},
	}
}

// disturbed sends messages to a server on unknown connections, one each, while a client is served as
// if nothing happened.
func disturbed(messages []message, say func(ctx context.Context, conn net.Conn, message []byte) error) []*d.Driver {
	stranger := []d.Action{d.Await("serving")}
	client := []d.Action{d.ConnectToEndpoints("server"), d.WaitAnyThenRequest(Ping{N: -1}).Returns(Pong{N: -1}),
		d.Signal("serving")}
	for i, m := range messages {
		stranger = append(stranger,
			d.RawConnection("server", m.what, func(ctx context.Context, _ *d.Scope, conn net.Conn) error { return say(ctx, conn, m.bytes) }),
			d.Checkpoint("said"))
		client = append(client,
			d.Checkpoint("said"),
			d.Request(Ping{N: i}).Returns(Pong{N: i}))
	}
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.Subscribe(d.Append(handled)), // Before a client is served, and strangers come.
			servesPings(),
			d.Await("serving"),
			d.WaitUntilDisconnectedFrom("client"),
			d.WaitUntilDisconnectedFrom("stranger")),
		d.New(d.RunEndpoint("client"), append(client, d.ShutdownEndpoint())...),
		d.New(d.NoEndpoint("stranger"), stranger...),
	}
}
