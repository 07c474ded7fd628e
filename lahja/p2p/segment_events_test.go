package p2p_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Events of several broadcasters at once, through memory that is used again and again,
// arrive as they were sent, in each broadcaster's order.
func TestEventsShareMemoryAndStayWhole(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		const broadcasters, events = 4, 200 // about 6 MiB
		n.opts.CompressAbove = -1
		server := n.serve("server")
		var streams []*lahja.Stream[Blob]
		for _, name := range []string{"one", "two"} {
			client := n.run(name)
			streams = append(streams, stream[Blob](t, client))
			n.connect(client, "server")
		}
		var all sync.WaitGroup
		for b := range broadcasters {
			all.Go(func() {
				for i := range events {
					check(t, lahja.Broadcast(limited(t), server, blobOf(b, i)))
				}
			})
		}
		for _, s := range streams {
			all.Go(func() {
				var came [broadcasters]int
				for range broadcasters * events {
					got := next(t, s).Data.Bytes
					b := int(got[0])
					if want := blobOf(b, came[b]).Bytes; !bytes.Equal(got, want) {
						t.Errorf("broadcaster %d's event %d did not come whole, or in order", b, came[b])
						return
					}
					came[b]++
				}
			})
		}
		all.Wait()
	})
}

// blobOf is a broadcaster's event of that number: of any size that segments are for, and
// some of larger ones.
func blobOf(broadcaster, i int) Blob {
	data := bytes.Repeat([]byte{byte(i), byte(i * 7), byte(i >> 3)}, 1+i*i%6500)
	data[0] = byte(broadcaster)
	return Blob{Bytes: data}
}

func TestSmallEventsThatWaitShareFrames(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector has sync.Pool drop arenas, so that events are copied")
	}
	n := memoryNetwork(t)
	server := n.serve("server")
	n.join("server", "mute", subscribes("test/tick", 0))
	check(t, lahja.WaitUntilConnectedTo(limited(t), server, "mute"))
	for i := range 20_000 { // More than the connection holds.
		check(t, lahja.Broadcast(t.Context(), server, Tick{N: i}))
	}
	if events, frames := p2p.Queued(server, "mute"); events < 1000 || frames > events*3/4 { // All of them if nothing is shared; a collection of garbage empties the pool.
		t.Errorf("%d events wait in %d frames, want many in few", events, frames)
	}
}
