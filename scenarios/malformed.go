package scenarios

import (
	"context"
	"fmt"
	"net"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Malformed input costs at most the connection that it came on.
var malformedTable = []drivers.Scenario{
	{
		Name:  "malformed/first-message",
		Rule:  "A connection that does not begin with a hello is closed, and nobody else notices.",
		Slack: 4,
		Needs: []engine.Need{engine.RawConnections},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return disturbed(env, firstMessages(env.Seed), func(ctx context.Context, conn net.Conn, message []byte) error {
				// The server may close the connection before everything is written.
				_, _ = conn.Write(message)
				return untilClosed(ctx, conn)
			})
		},
	},
	{
		Name:  "malformed/later-message",
		Rule:  "A peer that sends an unknown or oversized message loses its own connection, and no other connection is affected.",
		Slack: 4,
		Needs: []engine.Need{engine.RawConnections},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			return disturbed(env, laterMessages(env.Seed), func(ctx context.Context, conn net.Conn, message []byte) error {
				if _, err := introduce(conn, "stranger"); err != nil {
					return err
				}
				_, _ = conn.Write(message)
				return untilClosed(ctx, conn)
			})
		},
	},
	{
		Name:  "malformed/unknown-event",
		Rule:  "An event of an unknown type costs nothing, not even its connection.",
		Needs: []engine.Need{engine.RawConnections},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			unknown := wire.AppendEvent(nil, wire.EventMsg{Type: "nobody/knows", Sequence: 1, Payload: []byte{0xa0}}, -1)
			messages := []message{{"an unknown event", wire.NumberMsg{Number: 7}.Append(unknown, wire.Ping)}}
			return disturbed(env, messages, func(ctx context.Context, conn net.Conn, message []byte) error {
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
		},
	},
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
func disturbed(env *drivers.Env, messages []message, say func(ctx context.Context, conn net.Conn, message []byte) error) []*drivers.Driver {
	server := env.Config("server")
	stranger, client := []drivers.Action{drivers.Checkpoint("serving")}, []drivers.Action{
		drivers.Checkpoint("serving"),
		drivers.ConnectToEndpoints(server),
		drivers.Request(Ping{N: -1}, equals(Pong{N: -1})),
	}
	for i, m := range messages {
		stranger = append(stranger,
			drivers.RawConnection(server, m.what, func(ctx context.Context, _ *drivers.Scope, conn net.Conn) error {
				return say(ctx, conn, m.bytes)
			}),
			drivers.Checkpoint("said"))
		client = append(client,
			drivers.Checkpoint("said"),
			drivers.Request(Ping{N: i}, equals(Pong{N: i})))
	}
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			servesPings(),
			drivers.Subscribe(drivers.Append(drivers.NewSlot[[]lahja.Event[Tick]]("ticks"))),
			drivers.Checkpoint("serving"),
			drivers.Checkpoint("done"),
			drivers.WaitUntilDisconnectedFrom("stranger"),
			drivers.IsConnectedTo("client"),
			drivers.Checkpoint("looked")),
		drivers.New(drivers.RunEndpoint("client"),
			append(client, drivers.Checkpoint("done"), drivers.Checkpoint("looked"))...),
		drivers.New(drivers.NoEndpoint("stranger"), stranger...),
	}
}
