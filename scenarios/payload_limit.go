package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// The limit: the largest event that a backend claims works, to the byte.
func payloadLimitTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("payload/up-to-the-limit",
			"Events up to the claimed limit arrive bit for bit in both directions, and the sender refuses one byte more.",
			func(env *d.Env) []*d.Driver {
				limit := int(env.Amount(engine.MaxPayload))
				up, down := sizesUpTo(limit), []int{limit}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), slices.Concat(
						takesSizes(env.Seed, up),
						[]d.Action{d.Signal("up"), d.WaitUntilEndpointSubscribedTo[Blob]("client")},
						sendsSizes(env.Seed, down, limit),
						[]d.Action{d.ShutdownEndpoint()})...), // The largest event is under way.
					d.New(d.RunEndpoint("client"), slices.Concat(
						[]d.Action{d.ConnectToEndpoints("server"), d.WaitUntilEndpointSubscribedTo[Blob]("server")},
						sendsSizes(env.Seed, up, limit),
						[]d.Action{d.Await("up")},
						takesSizes(env.Seed, down))...),
				}
			}).WithSlack(8).Needing(engine.MaxPayload), // It sends up to 40 MiB.

		d.CaseFunc("payload/largest-request-and-answer",
			"A request and an answer of the claimed limit arrive bit for bit, and the sender refuses one byte more.",
			func(env *d.Env) []*d.Driver {
				limit := int(env.Amount(engine.MaxPayload))
				request := func(size int) LargePing { return LargePing{N: 1, Data: blobOf(env.Seed, 1, size).Data} }
				answer := func(ctx context.Context, s *d.Scope, got lahja.Event[LargePing]) error {
					if err := sameBlob(Blob{N: got.Data.N, Data: got.Data.Data}, blobOf(env.Seed, 1, limit)); err != nil {
						return err
					}
					err := s.Run(ctx, d.Throws(d.Do("answer with a byte too many", func(ctx context.Context, _ *d.Scope) error {
						return got.Respond(ctx, blobOf(env.Seed, 2, limit+1))
					}), lahja.ErrTooLarge))
					if err != nil {
						return err
					}
					return got.Respond(ctx, blobOf(env.Seed, 2, limit))
				}
				return []*d.Driver{
					d.New(d.ServeEndpoint("server"), d.WaitFor[LargePing]().Then(answer)),
					d.New(d.RunEndpoint("client"),
						d.ConnectToEndpoints("server"),
						d.WaitUntilEndpointSubscribedTo[LargePing]("server"),
						d.Throws(d.Do("request with a byte too many", func(ctx context.Context, s *d.Scope) error {
							_, err := lahja.Request(ctx, s.Endpoint(), request(limit+1))
							return err
						}), lahja.ErrTooLarge),
						d.Do("request", func(ctx context.Context, s *d.Scope) error {
							got, err := lahja.Request(ctx, s.Endpoint(), request(limit))
							if err != nil {
								return err
							}
							return sameBlob(got.Data, blobOf(env.Seed, 2, limit))
						})),
				}
			}).WithSlack(8).Needing(engine.MaxPayload), // It sends up to 40 MiB.
	}
}

// sendsSizes broadcasts a blob of each size, and then one that is too large.
func sendsSizes(seed uint64, sizes []int, limit int) []d.Action {
	send := func(what string, n, size int) d.Action {
		return d.Do("broadcast "+what, func(ctx context.Context, s *d.Scope) error {
			return lahja.Broadcast(ctx, s.Endpoint(), blobOf(seed, n, size))
		})
	}
	all := d.Series(len(sizes), func(i int) d.Action { return send(fmt.Sprintf("%d bytes", sizes[i]), i, sizes[i]) })
	return append(all, d.Throws(send("a byte too many", 0, limit+1), lahja.ErrTooLarge))
}

// takesSizes subscribes to blobs, and expects one of each size.
func takesSizes(seed uint64, sizes []int) []d.Action {
	return append([]d.Action{d.Stream(blobs)}, d.Series(len(sizes), func(i int) d.Action {
		return d.NextFrom(blobs).Then(isBlobOf(seed, i, sizes[i]))
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
func isBlobOf(seed uint64, n, size int) d.On[lahja.Event[Blob]] {
	return func(_ context.Context, _ *d.Scope, e lahja.Event[Blob]) error {
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
