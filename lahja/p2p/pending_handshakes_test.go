package p2p_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

func TestHandshakesThatAreSilentForLongestMakeRoom(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		refused := make(chan error, 10)
		n.opts.MaxHandshakes = 2
		n.opts.Observer = func(o lahja.Observation) {
			if o.Kind == lahja.Refused {
				refused <- o.Err
			}
		}
		n.serve("server")
		var all []*raw
		for range 2 {
			all = append(all, n.dialRaw("server"))
		}
		client := n.run("client")
		n.connect(client, "server") // The third.
		text := is(t, <-refused, lahja.ErrConnectionAttemptRejected)
		if !strings.Contains(text, "Options.MaxHandshakes") {
			t.Errorf("got %q, want the option that mends it", text)
		}
		for i, wantEnd := range []bool{true, false} {
			check(t, all[i].conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
			_, err := all[i].conn.Read(make([]byte, 1))
			if ended := !errors.Is(err, os.ErrDeadlineExceeded); ended != wantEnd {
				t.Errorf("stranger %d: ended is %v (%v), want %v", i+1, ended, err, wantEnd)
			}
		}
	})
}

func TestPeerThatSyncsWithoutEndIsCutOff(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	held := make(chan struct{})
	_, err := lahja.Subscribe(server, func(ctx context.Context, _ lahja.Event[Tick]) error {
		close(held)
		<-ctx.Done()
		return nil
	})
	check(t, err)
	greedy := n.join("server", "greedy", nil)
	client := n.run("client")
	n.connect(client, "server")
	check(t, lahja.Broadcast(limited(t), client, Tick{}))
	<-held
	frames := wire.NumberMsg{Number: 1}.Append(nil, wire.Sync)
	for i := range 10_000 {
		frames = wire.NumberMsg{Number: uint64(2 + i)}.Append(frames, wire.Sync)
	}
	_, _ = greedy.conn.Write(frames) // It may be cut off before all is written.
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "greedy"))
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "client"))
}

func TestPeerThatAnswersWithoutEndIsCutOff(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.CompressAbove = -1
	server := n.serve("server")
	blobs := stream[Blob](t, server) // Nobody takes them.
	greedy := n.join("server", "greedy", nil)
	payload, err := cbor.Marshal(Blob{Bytes: make([]byte, 1<<20)})
	check(t, err)
	answer := wire.AppendEvent(nil, wire.EventMsg{Type: "test/blob", Sequence: 1, AnswersInstance: 1, AnswersSequence: 1, Payload: payload}, -1)
	sent := 0
	for err = nil; err == nil && sent < 100; sent++ {
		_, err = greedy.conn.Write(answer)
	}
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), server, "greedy"))
	kept := 0
	for _, ok := blobs.TryNext(); ok; _, ok = blobs.TryNext() {
		kept++
	}
	if kept < 10 || kept > 64 {
		t.Errorf("%d MiB of answers were kept, want up to 64", kept)
	}
}
