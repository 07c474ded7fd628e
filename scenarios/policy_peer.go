package scenarios

import (
	"context"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// slowPeer makes an endpoint with this policy broadcast more than a peer that reads nothing has room
// for, and also to another peer that handles everything. In the end the first peer reads after all,
// and checks what it gets.
func slowPeer(env *d.Env, policy lahja.SlowPolicy, judge func(sequences []uint64) error, then ...d.Action) []*d.Driver {
	blob := func(i int) Blob { return Blob{N: i, Data: content(env.Seed, i, 64<<10, false)} }
	blobs := d.NewSlot[[]lahja.Event[Blob]]("blobs")
	broadcasts := []d.Action{
		d.Await("introduced"),
		d.WaitUntilConnectedTo("healthy"),
		d.Do("broadcast without waiting for the stalled one", func(ctx context.Context, s *d.Scope) error {
			return paced(ctx, s.Endpoint(), manyBlobs, blob)
		}),
	}
	ends := []d.Action{
		d.Signal("sent"),
		d.ShutdownEndpoint(), // The stalled peer gets what waits for it.
	}
	return []*d.Driver{
		d.New(d.ServeEndpoint("server").WithSlowPeer(policy).CountingDrops(), slices.Concat(broadcasts, then, ends)...),
		d.New(d.RunEndpoint("healthy"),
			d.Subscribe(d.Append(blobs)),
			d.ConnectToEndpoints("server"),
			d.Await("sent"),
			d.Gathered(blobs).Then(blobsAre(manyBlobs, blob))),
		waking("stalled", "server", typeName[Blob](), judge),
	}
}

// withoutGap expects consecutive events, or none.
func withoutGap(sequences []uint64) error {
	for i, n := range sequences {
		if n != sequences[0]+uint64(i) {
			return fmt.Errorf("event %d came after event %d", n, sequences[i-1])
		}
	}
	return nil
}

// theFirst expects the first of the broadcast blobs, which are the server's first events, and not the
// last. An event may find room after one that did not: if the writer was behind, a full queue has room
// again. That happens long after the first.
func theFirst(sequences []uint64) error {
	if len(sequences) == 0 || len(sequences) >= manyBlobs {
		return fmt.Errorf("%d events came, want some of %d", len(sequences), manyBlobs)
	}
	for i := 1; i < len(sequences); i++ {
		if sequences[i] <= sequences[i-1] {
			return fmt.Errorf("event %d came after event %d", sequences[i], sequences[i-1])
		}
	}
	if first := sequences[0]; first != 1 {
		return fmt.Errorf("the first event that came is number %d, want 1", first)
	}
	if sequences[len(sequences)-1] == manyBlobs {
		return fmt.Errorf("the last event that was broadcast came, and %d before it did not", manyBlobs-len(sequences))
	}
	return withoutGap(sequences[:(len(sequences)+3)/4])
}

// theLast expects the last of the broadcast blobs, and not all. The first leaves before the queue is
// full, unless the writer is late.
func theLast(sequences []uint64) error {
	if len(sequences) == 0 || len(sequences) >= manyBlobs {
		return fmt.Errorf("%d events came, want some of %d", len(sequences), manyBlobs)
	}
	if last := sequences[len(sequences)-1]; last != manyBlobs {
		return fmt.Errorf("the last event that came is number %d, want %d", last, manyBlobs)
	}
	return nil
}

// paced broadcasts no more at once than a peer that handles events has room for.
func paced(ctx context.Context, ep lahja.EndpointAPI, n int, blob func(i int) Blob) error {
	for i := range n {
		if err := lahja.Broadcast(ctx, ep, blob(i)); err != nil {
			return err
		}
		if i%16 != 15 && i != n-1 {
			continue
		}
		if err := ep.Sync(ctx, "healthy"); err != nil {
			return err
		}
	}
	return nil
}
