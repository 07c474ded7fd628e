package scenarios

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// This file speaks the protocol without an endpoint, to do what no endpoint does.

// introduce makes a bare connection a peer: when it returns, the other side lists it under this name,
// with these subscriptions. It skips events that come before that: a listed peer gets them before it
// learns that it is listed.
func introduce(conn net.Conn, name string, subscriptions ...string) (*wire.Reader, error) {
	types := map[string]wire.Interest{}
	for _, event := range subscriptions {
		types[event] = wire.Interest{Everyone: true} // of unknown shape, and without a window
	}
	frames := wire.NewReader(conn)
	if _, err := conn.Write(hello(name, wire.Version)); err != nil {
		return nil, err
	}
	for {
		kind, body, err := frames.Next(lahja.DefaultMaxPayload)
		if err != nil {
			return nil, fmt.Errorf("introduce %s: %w", name, err)
		}
		switch kind {
		case wire.Subscriptions:
			theirs, err := wire.ParseSubscriptions(body)
			if err != nil {
				return nil, err
			}
			answer := wire.NumberMsg{Number: theirs.Number}.Append(nil, wire.SubscriptionsAck)
			answer = wire.SubscriptionsMsg{Number: 1, Types: types}.Append(answer)
			if _, err := conn.Write(wire.ReadyMsg{}.Append(answer)); err != nil {
				return nil, err
			}
		case wire.Ready:
			return frames, nil
		case wire.Refuse:
			refusal, _ := wire.ParseRefuse(body)
			return nil, fmt.Errorf("introduce %s: it was refused: %s", name, refusal.Reason)
		}
	}
}

func hello(name string, version uint16) []byte {
	return wire.HelloMsg{Version: version, Codec: "cbor", Name: name, Instance: 1}.Append(nil)
}

// closeTogether closes connections at once, because closing one may take a while. It returns what to
// wait for.
func closeTogether(conns []net.Conn) *sync.WaitGroup {
	closing := new(sync.WaitGroup)
	for _, conn := range conns {
		closing.Go(func() { conn.Close() })
	}
	return closing
}

// untilClosed reads until the other side has closed the connection.
func untilClosed(ctx context.Context, conn net.Conn) error {
	// A reset is also an end.
	_, _ = io.Copy(io.Discard, conn)
	if ctx.Err() != nil {
		return fmt.Errorf("the other side has not closed the connection: %w", context.Cause(ctx))
	}
	return nil
}

// stalled returns a driver that is connected to server under this name and subscribes to an event, but
// never reads again. It ends when the server's driver has finished.
func stalled(name, server, event string) *d.Driver {
	stall := func(ctx context.Context, _ *d.Scope, conn net.Conn) error {
		if _, err := introduce(conn, name, event); err != nil {
			return err
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return d.New(d.NoEndpoint(name),
		d.Background("stall", d.Within(time.Minute, d.RawConnection(server, "reads nothing", stall))),
		d.AwaitDriver(server),
		d.Cancel("stall"))
}

// waking returns a driver that is connected to the server under this name and subscribes to an event.
// From signal "introduced" to signal "sent" it reads nothing. Then it reads to the end, and checks the
// sequence numbers of the events. Do not broadcast before it is introduced: the server may disconnect it
// for being slow.
func waking(name, server, event string, judge func(sequences []uint64) error) *d.Driver {
	introduced, wake := make(chan struct{}), make(chan struct{})
	sleep := func(ctx context.Context, _ *d.Scope, conn net.Conn) error {
		frames, err := introduce(conn, name, event)
		if err != nil {
			return err
		}
		close(introduced)
		if err := closedBefore(ctx, wake); err != nil {
			return err
		}
		return judge(eventsIn(frames))
	}
	return d.New(d.NoEndpoint(name),
		d.Background("sleep", d.Within(time.Minute, d.RawConnection(server, "reads late", sleep))),
		d.Do("be introduced", until(introduced)),
		d.Signal("introduced"),
		d.Await("sent"),
		d.Do("wake", closing(wake)),
		d.Join("sleep"))
}

// eventsIn reads to the goodbye or another end, and returns the sequence numbers of the events before
// it.
func eventsIn(frames *wire.Reader) []uint64 {
	var sequences []uint64
	for {
		kind, body, err := frames.Next(lahja.DefaultMaxPayload)
		if err != nil || kind == wire.Goodbye {
			return sequences
		}
		if kind != wire.Event {
			continue
		}
		if m, err := wire.ParseEvent(body, lahja.DefaultMaxPayload); err == nil {
			sequences = append(sequences, m.Sequence)
		}
	}
}
