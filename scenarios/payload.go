package scenarios

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Payloads: what arrives is what was sent.
func payloadTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("payload/every-size",
			"Events of every size, compressible or not, arrive in order and bit for bit.",
			func(env *d.Env) []*d.Driver {
				sizes := []int{0, 1, 100, 1 << 10, 1<<10 + 1, 4 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 3 << 20}
				return transfer(env, 2*len(sizes), func(i int) int { return sizes[i/2] })
			}).WithSlack(4).Needing(engine.AtLeast(engine.MaxPayload, 4<<20)),

		d.CaseFunc("payload/many-of-mixed-sizes",
			"Small and large events in random order arrive in that order and bit for bit.",
			func(env *d.Env) []*d.Driver {
				random := rand.New(rand.NewPCG(env.Seed, 1))
				sizes := d.Series(400, func(int) int { return random.IntN(1 << random.IntN(17)) })
				return transfer(env, len(sizes), func(i int) int { return sizes[i] })
			}).WithSlack(4),

		d.Case("payload/too-large-throws", "The sender refuses an event above the limit, and no connection is lost.",
			d.New(d.ServeEndpoint("server"),
				d.Stream(blobs),
				d.AwaitDriver("client"),
				d.Drain(blobs).InOrder(Blob{N: 1, Data: []byte("small")})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Blob](),
				d.Throws(d.Do("broadcast a byte too many", func(ctx context.Context, s *d.Scope) error {
					return lahja.Broadcast(ctx, s.Endpoint(), Blob{Data: make([]byte, maxPayload(s)+1)})
				}), lahja.ErrTooLarge),
				d.Broadcast(Blob{N: 1, Data: []byte("small")}),
				d.Sync("server"))).Needing(engine.MaxPayload),

		d.Case("payload/every-kind-of-field",
			"Numbers, texts, times, slices, maps, structs and pointers in an event arrive with equal values.",
			d.New(d.ServeEndpoint("server"), d.Receives(medley())),
			d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("server"), d.WaitAnyThenBroadcast(medley()))),

		d.Case("payload/pointer", "Broadcasting a pointer to an event broadcasts the event.",
			d.New(d.ServeEndpoint("server"), d.Receives(Tick{N: 5})),
			d.New(d.RunEndpoint("client"),
				d.ConnectToEndpoints("server"),
				d.WaitUntilAnyEndpointSubscribedTo[Tick](),
				d.Broadcast(&Tick{N: 5}))),
	}
}

// transfer makes a client broadcast n blobs of these sizes, every other one compressible. The server
// builds the same blobs and compares.
func transfer(env *d.Env, n int, size func(i int) int) []*d.Driver {
	blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, size(i), i%2 == 1)} }
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.StreamWith(lahja.SubscribeConfig{QueueBytes: 64 << 20}, blobs), // Nobody takes them before all have arrived.
			d.AwaitDriver("client"),
			d.Drain(blobs).Then(blobsAre(n, blob))),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitUntilAnyEndpointSubscribedTo[Blob](),
			d.BroadcastEach(n, blob),
			d.Sync("server")),
	}
}

// maxPayload is the limit that the engine claims.
func maxPayload(s *d.Scope) int {
	return int(s.Engine().Capabilities()[engine.MaxPayload])
}

// content returns size random bytes, or a short random part over and over.
func content(seed uint64, n, size int, compressible bool) []byte {
	part := size
	if compressible {
		part = min(size, 50)
	}
	random := rand.NewPCG(seed, uint64(n))
	data := make([]byte, 0, size+8)
	for len(data) < part {
		data = binary.LittleEndian.AppendUint64(data, random.Uint64())
	}
	data = data[:part]
	for len(data) < size {
		data = append(data, data[:min(len(data), size-len(data))]...)
	}
	return data
}

// blobsAre expects blob(0) to blob(n-1). If one differs, it does not print megabytes.
func blobsAre(n int, blob func(i int) Blob) d.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *d.Scope, events []lahja.Event[Blob]) error {
		for i, e := range events {
			if i >= n || e.Data.N != i {
				return fmt.Errorf("event %d of %d is blob %d; want %d in order, each once", i, len(events), e.Data.N, n)
			}
			if err := sameBlob(e.Data, blob(i)); err != nil {
				return err
			}
		}
		if len(events) != n {
			return fmt.Errorf("%d blobs came, want %d", len(events), n)
		}
		return nil
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func medley() Medley {
	return Medley{
		Yes: true, Least: math.MinInt64, Most: math.MaxInt64, Unsigned: math.MaxUint64, Small: -128,
		Float: 0.1, Text: "grüße, \x00 世界", Bytes: []byte{0, 255, 1},
		At: time.Date(2024, 2, 29, 23, 59, 58, 123456789, time.UTC), For: 90 * time.Second,
		Names: []string{"a", "", "c"}, Counts: map[string]int{"one": 1, "none": 0}, Array: [3]uint16{1, 2, 65535},
		Nested: []Tick{{N: 1}, {N: -1}}, There: &Tock{N: 9},
	}
}
