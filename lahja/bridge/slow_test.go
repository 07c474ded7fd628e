package bridge_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/bridge"
)

var random = rand.NewChaCha8([32]byte{})

// heap returns what is allocated and in use.
func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// An endpoint on a socket does not read. It costs a bounded amount of memory, and others nothing.
func TestEndpointThatDoesNotReadCostsOnlyItsOwnEvents(t *testing.T) {
	for name, window := range map[string]int{"within its window": 0, "beyond its window": 64 << 10} {
		t.Run(name, func(t *testing.T) {
			const room, size, n = 1 << 20, 16 << 10, 2000
			j := busWith(t, bridge.Hooks{}, func(o *bridge.Options) { o.QueueBytes = room })
			remote := j.serveServer("remote", j.remote())
			event := nameOf[Blob](t)
			j.join("remote", "stuck", subscribes(event, window))
			reads := j.onSocket("reads", quiet())
			blobs := stream[Blob](t, reads)
			j.connect(reads, "remote")
			check(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), remote, "stuck"))
			subscribed[Blob](t, remote, "reads")
			before := heap()
			for i := range n {
				check(t, lahja.Broadcast(limited(t), remote, Blob{N: i, Bytes: incompressible(size)}))
				if e, err := blobs.Next(limited(t)); err != nil || e.Data.N != i {
					t.Fatalf("the one that reads got %v, %v; want event %d", e, err, i)
				}
			}
			// Both queues, and what is on its way anywhere in this process.
			if more := int64(heap()) - int64(before); more > n*size/4 {
				t.Errorf("this process holds %d bytes more, want about %d of %d", more, 2*room, n*size)
			}
			lost := j.bridge.Stats().Lost
			if least, most := uint64(n-4*room/size), uint64(n); lost < least || lost > most {
				t.Errorf("%d events are counted as lost, want between %d and %d", lost, least, most)
			}
			j.log.await(t, "because their receiver does not keep up")
			j.log.await(t, "endpoint=stuck")
			check(t, remote.Sync(limited(t), "reads"))
		})
	}
}

// incompressible returns bytes that do not become fewer.
func incompressible(n int) []byte {
	bytes := make([]byte, n)
	random.Read(bytes)
	return bytes
}
