package scenarios

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Payloads: what arrives is what was sent.
var payloadTable = []drivers.Scenario{
	{
		Name:  "payload/every-size",
		Rule:  "Events of every size, compressible or not, arrive in order and bit for bit.",
		Slack: 4,
		Needs: []engine.Need{engine.AtLeast(engine.MaxPayload, 4<<20)},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			sizes := []int{0, 1, 100, 1 << 10, 1<<10 + 1, 4 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 3 << 20}
			return transfer(env, 2*len(sizes), func(i int) int { return sizes[i/2] })
		},
	},
	{
		Name:  "payload/many-of-mixed-sizes",
		Rule:  "Small and large events in random order arrive in that order and bit for bit.",
		Slack: 4,
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			random := rand.New(rand.NewPCG(env.Seed, 1))
			sizes := make([]int, 400)
			for i := range sizes {
				sizes[i] = random.IntN(1 << random.IntN(17))
			}
			return transfer(env, len(sizes), func(i int) int { return sizes[i] })
		},
	},
	{
		Name:  "payload/too-large-throws",
		Rule:  "The sender refuses an event above the limit, and no connection is lost.",
		Needs: []engine.Need{engine.MaxPayload},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			blobs := drivers.NewSlot[*lahja.Stream[Blob]]("blobs")
			small := Blob{N: 1, Data: []byte("small")}
			limit := int(env.Amount(engine.MaxPayload))
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.Stream(blobs),
					drivers.Checkpoint("listening"),
					drivers.Checkpoint("sent"),
					drivers.Drain(blobs, exactly(small))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.Checkpoint("listening"),
					drivers.ConnectToEndpoints(server),
					drivers.Throws(drivers.Do("broadcast a byte too many", func(ctx context.Context, s *drivers.Scope) error {
						return lahja.Broadcast(ctx, s.Endpoint(), Blob{Data: make([]byte, limit+1)})
					}), lahja.ErrTooLarge),
					drivers.Broadcast(small),
					drivers.Sync("server"),
					drivers.Checkpoint("sent")),
			}
		},
	},
	{
		Name: "payload/every-kind-of-field",
		Rule: "Numbers, texts, times, slices, maps, structs and pointers in an event arrive with equal values.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor(equals(medley()))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Medley]("server"),
					drivers.Broadcast(medley())),
			}
		},
	},
	{
		Name: "payload/pointer",
		Rule: "Broadcasting a pointer to an event broadcasts the event.",
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			server := env.Config("server")
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), drivers.WaitFor(equals(Tick{N: 5}))),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[Tick]("server"),
					drivers.Broadcast(&Tick{N: 5})),
			}
		},
	},
}

// transfer makes a client broadcast n blobs of these sizes, every other one compressible. The server
// builds the same blobs and compares.
func transfer(env *drivers.Env, n int, size func(i int) int) []*drivers.Driver {
	server := env.Config("server")
	blob := func(i int) Blob {
		return Blob{N: i, Data: content(env.Seed, i, size(i), i%2 == 1)}
	}
	blobs := drivers.NewSlot[*lahja.Stream[Blob]]("blobs")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.StreamWith(lahja.SubscribeConfig{QueueBytes: 64 << 20}, blobs), // Nobody takes them before all have arrived.
			drivers.Checkpoint("listening"),
			drivers.Checkpoint("sent"),
			drivers.Drain(blobs, blobsAre(n, blob))),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Checkpoint("listening"),
			drivers.ConnectToEndpoints(server),
			drivers.BroadcastEach(n, blob),
			drivers.Sync("server"),
			drivers.Checkpoint("sent")),
	}
}

// content returns size random bytes, or a short random part over and over.
func content(seed uint64, n, size int, compressible bool) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(n))
	data := make([]byte, size)
	random := rand.NewChaCha8(key)
	if !compressible {
		_, _ = random.Read(data) // never fails
		return data
	}
	part := data[:min(size, 50)]
	_, _ = random.Read(part)
	for i := len(part); i < size; i += copy(data[i:], part) {
	}
	return data
}

// blobsAre expects blob(0) to blob(n-1). If one differs, it does not print megabytes.
func blobsAre(n int, blob func(i int) Blob) drivers.On[[]lahja.Event[Blob]] {
	return func(_ context.Context, _ *drivers.Scope, events []lahja.Event[Blob]) error {
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
