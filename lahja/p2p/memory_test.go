package p2p_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// begin sends so many bytes of an event that is longer.
func (r *raw) begin(bytes int) {
	frame := binary.BigEndian.AppendUint32(nil, lahja.DefaultMaxPayload)
	frame = append(frame, byte(wire.Event))
	_, _ = r.conn.Write(append(frame, make([]byte, bytes)...)) // It may be cut off.
}

// Many connections hold what each may, and together too much.
func TestConnectionThatHoldsTheMostIsEnded(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.MaxMemory = 100 << 20
	reasons := make(chan error, 100)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.Disconnected && o.Endpoint == "server" {
			reasons <- o.Err
		}
	}
	server := n.serve("server")
	modest := n.join("server", "modest", nil)
	modest.begin(1 << 20)
	const greedy, each = 30, 15 << 20
	for i := range greedy {
		n.join("server", fmt.Sprint("greedy", i), nil).begin(each)
		if held, bound := p2p.HeldMemory(server), int64(n.opts.MaxMemory); held > bound+16<<20 {
			t.Fatalf("connections hold %d bytes, want at most %d and one event", held, bound)
		}
	}
	// One event of 15 MiB takes 16 in memory, and six of them are 96.
	for range greedy - 6 {
		select {
		case err := <-reasons:
			if !errors.Is(err, lahja.ErrQueueFull) {
				t.Errorf("ended for %v, want the memory", err)
			}
		case <-limited(t).Done():
			t.Fatalf("connections hold %d bytes, and none of them is ended", p2p.HeldMemory(server))
		}
	}
	if !lahja.IsConnectedTo(server, "modest") {
		t.Error("the modest one was cut off")
	}
	if got := inspected(t, server).Totals.OverMemory; got < greedy-6 {
		t.Errorf("%d are counted, want %d at least", got, greedy-6)
	}
	check(t, server.Close())
	if held := p2p.HeldMemory(server); held != 0 {
		t.Errorf("%d bytes are still counted when all have gone", held)
	}
}

func TestUntakenAnswersCountTogether(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.MaxMemory = 40 << 20
	server := n.serve("server")
	blobs := stream[Blob](t, server) // Nobody takes them.
	payload, err := cbor.Marshal(Blob{Bytes: make([]byte, 64<<10)})
	check(t, err)
	answer := wire.AppendEvent(nil, wire.EventMsg{Type: "test/blob", Sequence: 1, AnswersInstance: 1, AnswersSequence: 1, Payload: payload}, -1)
	for i := range 10 {
		r := n.join("server", fmt.Sprint("greedy", i), nil)
		for err = nil; err == nil; {
			r.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
			_, err = r.conn.Write(answer)
		}
	}
	kept := 0
	for _, ok := blobs.TryNext(); ok; _, ok = blobs.TryNext() {
		kept++
	}
	if size := kept * len(answer); size > 50<<20 || size < 20<<20 {
		t.Errorf("%d bytes of answers were kept, want about 40 MiB", size)
	}
	ctx := limited(t)
	for p2p.HeldMemory(server) != 0 { // When the last of them has been noticed to have gone.
		if ctx.Err() != nil {
			t.Fatalf("%d bytes are still counted when all have gone", p2p.HeldMemory(server))
		}
		time.Sleep(time.Millisecond)
	}
}
