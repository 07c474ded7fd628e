package bridge_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func TestSyncsThatNobodyAnswersAreBounded(t *testing.T) {
	j := bus(t)
	remote := j.serveServer("remote", j.remote())
	goOn := make(chan struct{})
	defer close(goOn)
	_, err := lahja.Subscribe(remote, func(context.Context, lahja.Event[Tick]) error {
		<-goOn
		return nil
	})
	check(t, err)
	r := j.join("remote", "local", nil)
	var all []byte
	for i := range bridge.MostSyncs + 1 {
		all = append(all, number(wire.Sync, uint64(i+1))...)
	}
	r.send(append(tick(t, 1, 1), all...))
	if m := r.refused(); m.Reason == "" {
		t.Error("no reason")
	}
	r.ended()
}

// Connections that say nothing cost those that have been silent for longest.
func TestSilentConnectionsAreBounded(t *testing.T) {
	j := bus(t)
	j.serveServer("remote", j.remote())
	first := j.dial("remote")
	for range bridge.MostSilent {
		j.dial("remote")
	}
	first.ended()
	j.onSocket("client", quiet(), "remote")
}

// client is a client of the server that is no endpoint.
func (j *joined) client() *nats.Conn {
	j.t.Helper()
	conn, err := nats.Connect(j.server.URL())
	check(j.t, err)
	j.t.Cleanup(conn.Close)
	return conn
}

// message is a message of the bus on the server.
func message(kind byte, instance uint64, body map[int]any) []byte {
	data := []byte{'L', 'J', 1, kind}
	data = binary.BigEndian.AppendUint64(data, instance)
	data = binary.BigEndian.AppendUint64(data, 0)
	encoded, err := cbor.Marshal(body)
	if err != nil {
		panic(err)
	}
	return append(data, encoded...)
}

// Anybody on the server can say hello under any name, as often as it likes.
func TestHellosFromTheServerAreBounded(t *testing.T) {
	j := busWith(t, bridge.Hooks{Handshake: 300 * time.Millisecond}, func(*bridge.Options) {})
	var now, most atomic.Int64
	j.listenWith("silent", func(conn net.Conn) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		var b [1]byte
		for err := error(nil); err == nil; {
			_, err = conn.Read(b[:])
		}
	})
	j.log.await(t, "can be found on the server")
	hub := j.serveSocket("hub", quiet())
	eventually(t, "the hub can be found too", func() bool { return len(j.bridge.Inspect().Exported) == 2 })
	mallory := j.client()
	const hello = 2
	for i := range 4 * bridge.MostMeetings {
		check(t, mallory.Publish(natsbus.DefaultBus+".l.silent", message(hello, uint64(i+1), map[int]any{1: "cbor", 2: fmt.Sprint("m", i), 12: 1})))
	}
	check(t, mallory.Flush())
	eventually(t, "the socket is dialled", func() bool { return now.Load() > 10 })
	client := j.onServer("client", j.remote(), "hub")
	check(t, hub.Sync(limited(t), "client"))
	check(t, client.Sync(limited(t), "hub"))
	if n := most.Load(); n > bridge.MostMeetings+1 { // and one that finds out whether it lives
		t.Errorf("%d connections were made at once, want %d at most", n, bridge.MostMeetings)
	}
}

// Anybody on the server can say that any number of endpoints serve.
func TestSocketsForEndpointsOnTheServerAreBounded(t *testing.T) {
	j := bus(t)
	mallory := j.client()
	const serving = 20
	eventually(t, "sockets are opened", func() bool {
		for i := range bridge.MostImports + 200 {
			check(t, mallory.Publish(natsbus.DefaultBus+".s", message(serving, 1, map[int]any{2: fmt.Sprint("m", i)})))
		}
		check(t, mallory.Flush())
		return len(j.bridge.Inspect().Imported) == bridge.MostImports
	})
	eventually(t, "they are closed when nobody serves", func() bool { return len(j.bridge.Inspect().Imported) == 0 })
	left, err := os.ReadDir(j.dir)
	check(t, err)
	if len(left) > 0 {
		t.Errorf("%d sockets are left", len(left))
	}
}

// While the server is away a socket is not read, so that nothing piles up. What the remote does not
// get, because it comes back to the server later than the bridge, is reported.
func TestSocketIsNotReadWhileTheServerIsAway(t *testing.T) {
	j := bus(t)
	var lost gaps
	theirs := j.remote()
	theirs.OnGap = lost.note
	ticks := stream[Tick](t, j.serveServer("remote", theirs))
	r := j.join("remote", "local", nil)
	r.send(tick(t, 1, 1))
	if _, err := ticks.Next(limited(t)); err != nil {
		t.Fatal(err)
	}
	j.server.Stop()
	sent, bytes := 1, 0
	for {
		frame := tick(t, uint64(sent+1), sent+1)
		check(t, r.conn.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := r.conn.Write(frame)
		if bytes += n; err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) || n > 0 {
				t.Fatalf("%d bytes written: %v", n, err)
			}
			break
		}
		sent++
	}
	if bytes > 4*lahja.DefaultQueueBytes {
		t.Errorf("the bridge took %d bytes, want about %d", bytes, lahja.DefaultQueueBytes)
	}
	check(t, j.server.Restart())
	var got []Tick
	eventually(t, "each event arrives or is reported lost", func() bool {
		got = append(got, drain(ticks)...)
		return 1+len(got)+lost.of("") >= sent
	})
	once(t, "the remote", got)
}

// Answers pass no window. To an endpoint that does not read they are dropped all the same.
func TestAnswersThatNobodyReadsAreBounded(t *testing.T) {
	const room, size, n = 1 << 20, 16 << 10, 1000
	j := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.QueueBytes = room })
	remote := j.serveServer("remote", j.remote())
	responded := make(chan error, 1)
	_, err := lahja.Subscribe(remote, func(ctx context.Context, e lahja.Event[Ping]) error {
		var err error
		for i := 0; i < n && err == nil; i++ {
			err = lahja.Broadcast(ctx, remote, Blob{N: i, Bytes: incompressible(size)}, lahja.BroadcastConfig{FilterEndpoints: []string{"stuck"}, FilterEventID: e.ID()})
		}
		responded <- err
		return nil
	})
	check(t, err)
	r := j.join("remote", "stuck", nil)
	of, err := lahja.TypeOf[Ping]()
	check(t, err)
	payload, err := cbor.Marshal(Ping{})
	check(t, err)
	r.send(wire.AppendEvent(nil, wire.EventMsg{Type: of.Name, Shape: of.Shape, Sequence: 1, Payload: payload}, -1))
	check(t, <-responded)
	eventually(t, "answers are dropped", func() bool { return j.bridge.Stats().Lost > n-4*room/size })
}

func TestEndpointsThatABridgeBringsToTheServerAreBounded(t *testing.T) {
	j := busWith(t, bridge.Hooks{Locals: 2}, func(*bridge.Options) {})
	j.serveServer("remote", j.remote())
	j.onSocket("one", quiet(), "remote")
	two := j.onSocket("two", quiet(), "remote")
	err := j.onSocket("three", quiet()).ConnectToEndpoints(limited(t), j.config("remote"))
	says(t, err, lahja.ErrConnectionAttemptRejected, "2 endpoints on sockets are on the server through this bridge, which is the limit")
	check(t, two.Close())
	eventually(t, "there is room again", func() bool { return j.bridge.Stats().Endpoints == 1 })
	j.onSocket("three", quiet(), "remote")
}

func TestFramesThatArriveInPartAreBounded(t *testing.T) {
	const held = 8 << 20
	j := busWith(t, bridge.Hooks{Held: held}, func(*bridge.Options) {})
	j.serveServer("remote", j.remote())
	ended := make(chan struct{}, 4)
	for i := range cap(ended) {
		r := j.join("remote", fmt.Sprint("greedy", i), nil)
		frame := binary.BigEndian.AppendUint32(nil, lahja.DefaultMaxPayload)
		go func() {
			_, _ = r.conn.Write(append(append(frame, byte(wire.Event)), make([]byte, held/2)...)) // It may be cut off.
			for err := error(nil); err == nil; {
				_, _, err = r.in.Next(wire.MaxSubscriptions)
			}
			ended <- struct{}{} // or the test has
		}()
	}
	for range cap(ended) - 2 { // Two have room.
		select {
		case <-ended:
		case <-limited(t).Done():
			t.Fatal("connections hold more than they may")
		}
	}
	j.onSocket("modest", quiet(), "remote")
}
