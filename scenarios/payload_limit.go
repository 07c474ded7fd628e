package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// The limit: the largest event that a backend claims works, to the byte.
var payloadLimitTable = []drivers.Scenario{
	{
		Name:  "payload/up-to-the-limit",
		Rule:  "Events up to the claimed limit arrive bit for bit in both directions, and the sender refuses one byte more.",
		Slack: 8, // It sends up to 40 MiB.
		Needs: []engine.Need{engine.MaxPayload},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			limit := int(env.Amount(engine.MaxPayload))
			server := env.Config("server")
			up, down := sizesUpTo(limit), []int{limit}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server), slices.Concat(
					expectsSizes(env, up),
					[]drivers.Action{drivers.Checkpoint("up"), drivers.WaitUntilEndpointSubscribedTo[Blob]("client")},
					blobsOfSizes(env, down),
					[]drivers.Action{drivers.Checkpoint("down")})...),
				drivers.New(drivers.RunEndpoint("client"), slices.Concat(
					[]drivers.Action{drivers.ConnectToEndpoints(server), drivers.WaitUntilEndpointSubscribedTo[Blob]("server")},
					blobsOfSizes(env, up),
					[]drivers.Action{drivers.Checkpoint("up")},
					expectsSizes(env, down),
					[]drivers.Action{drivers.Checkpoint("down")})...),
			}
		},
	},
	{
		Name:  "payload/largest-request-and-answer",
		Rule:  "A request and an answer of the claimed limit arrive bit for bit, and the sender refuses one byte more.",
		Slack: 8, // It sends up to 40 MiB.
		Needs: []engine.Need{engine.MaxPayload},
		Drivers: func(env *drivers.Env) []*drivers.Driver {
			limit := int(env.Amount(engine.MaxPayload))
			server := env.Config("server")
			request := func(size int) LargePing { return LargePing{N: 1, Data: blobOf(env.Seed, 1, size).Data} }
			answer := func(ctx context.Context, s *drivers.Scope, got lahja.Event[LargePing]) error {
				if err := sameBlob(Blob{N: got.Data.N, Data: got.Data.Data}, blobOf(env.Seed, 1, limit)); err != nil {
					return err
				}
				if err := s.Run(ctx, drivers.Throws(drivers.Do("answer with a byte too many", func(ctx context.Context, _ *drivers.Scope) error {
					return got.Respond(ctx, blobOf(env.Seed, 2, limit+1))
				}), lahja.ErrTooLarge)); err != nil {
					return err
				}
				return got.Respond(ctx, blobOf(env.Seed, 2, limit))
			}
			return []*drivers.Driver{
				drivers.New(drivers.ServeEndpoint(server),
					drivers.WaitFor(answer),
					drivers.Checkpoint("answered")),
				drivers.New(drivers.RunEndpoint("client"),
					drivers.ConnectToEndpoints(server),
					drivers.WaitUntilEndpointSubscribedTo[LargePing]("server"),
					drivers.Throws(drivers.Do("request with a byte too many", func(ctx context.Context, s *drivers.Scope) error {
						_, err := lahja.Request(ctx, s.Endpoint(), request(limit+1))
						return err
					}), lahja.ErrTooLarge),
					drivers.Do("request", func(ctx context.Context, s *drivers.Scope) error {
						got, err := lahja.Request(ctx, s.Endpoint(), request(limit))
						if err != nil {
							return err
						}
						return sameBlob(got.Data, blobOf(env.Seed, 2, limit))
					}),
					drivers.Checkpoint("answered")),
			}
		},
	},
}

// blobsOfSizes broadcasts a blob of each size, and then one that is too large.
func blobsOfSizes(env *drivers.Env, sizes []int) []drivers.Action {
	send := func(what string, n, size int) drivers.Action {
		return drivers.Do("broadcast "+what, func(ctx context.Context, s *drivers.Scope) error {
			return lahja.Broadcast(ctx, s.Endpoint(), blobOf(env.Seed, n, size))
		})
	}
	all := each(len(sizes), func(i int) drivers.Action { return send(fmt.Sprintf("%d bytes", sizes[i]), i, sizes[i]) })
	limit := int(env.Amount(engine.MaxPayload))
	return append(all, drivers.Throws(send("a byte too many", 0, limit+1), lahja.ErrTooLarge))
}

// expectsSizes subscribes to blobs, and expects one of each size.
func expectsSizes(env *drivers.Env, sizes []int) []drivers.Action {
	blobs := drivers.NewSlot[*lahja.Stream[Blob]]("blobs")
	return append([]drivers.Action{drivers.Stream(blobs)}, each(len(sizes), func(i int) drivers.Action {
		return drivers.NextFrom(blobs, isBlobOf(env.Seed, i, sizes[i]))
	})...)
}

// sizesUpTo returns sizes up to the limit, including those near which transports change their
// behaviour.
func sizesUpTo(limit int) []int {
	sizes := []int{limit}
	for size := 4 << 20; size < limit; size *= 2 {
		sizes = append(sizes, size+1)
	}
	if between := 3 * (limit / 4); between > 4<<20 {
		sizes = append(sizes, between)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// blobOf returns blob n, which is encoded in size bytes. They do not compress: they repeat only beyond
// the 64 KiB that Snappy looks at, and at a prime, so that swapped blocks show.
func blobOf(seed uint64, n, size int) Blob {
	const names = 9 // A map of two, the names of the fields, and a number below 24.
	head := 5       // the bytes' own head, by their number
	switch {
	case size <= names+1+23:
		head = 1
	case size <= names+2+0xff:
		head = 2
	case size <= names+3+0xffff:
		head = 3
	}
	const period = 1<<17 - 1
	data := make([]byte, max(size-names-head, 0))
	part := content(seed, n, min(period, len(data)), false)
	for i := 0; i < len(data); i += copy(data[i:], part) {
	}
	return Blob{N: n, Data: data}
}

// isBlobOf expects this blob.
func isBlobOf(seed uint64, n, size int) drivers.On[lahja.Event[Blob]] {
	return func(_ context.Context, _ *drivers.Scope, e lahja.Event[Blob]) error {
		return sameBlob(e.Data, blobOf(seed, n, size))
	}
}

// sameBlob compares blobs. If they differ, it does not print megabytes.
func sameBlob(got, want Blob) error {
	switch {
	case got.N != want.N:
		return fmt.Errorf("blob %d came, of %d bytes; want blob %d, of %d", got.N, len(got.Data), want.N, len(want.Data))
	case !bytes.Equal(got.Data, want.Data):
		return fmt.Errorf("blob %d has other bytes than were sent, first at %d; it has %d bytes, want %d",
			got.N, firstDifference(got.Data, want.Data), len(got.Data), len(want.Data))
	}
	return nil
}
