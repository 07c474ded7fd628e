package drivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

// Sync waits until the named peers have handled everything that this driver sent
// to them; without names, until all peers and the endpoint itself have.
func Sync(peers ...string) Action {
	args := make([]any, len(peers))
	for i, p := range peers {
		args[i] = p
	}
	return newAction("Sync", args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		if len(peers) > 0 {
			return syncWith(ctx, ep, peers)
		}
		return syncWithAll(ctx, ep)
	}).waits("the peers to handle what was sent to them").naming(peers...).usesEndpoint().telling()
}

func syncWith(ctx context.Context, ep lahja.EndpointAPI, peers []string) error {
	for _, p := range peers {
		if err := ep.Sync(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// syncWithAll passes over peers that go meanwhile. An endpoint that has closed lists nobody,
// not even itself, and has synchronised with nobody.
func syncWithAll(ctx context.Context, ep lahja.EndpointAPI) error {
	if !lahja.IsRunning(ep) {
		return ep.Sync(ctx, ep.Name())
	}
	for _, p := range ep.Peers().Peers {
		if err := ep.Sync(ctx, p.Name); err != nil && !errors.Is(err, lahja.ErrRemoteDisconnected) {
			return err
		}
	}
	return nil
}

// ReceivesNothing holds when no event of type T arrives while the actions of
// during run. They run once all peers know that the endpoint subscribes to T. It
// does not wait for time to pass: in the end it synchronises with all peers,
// after which everything that they had sent before has arrived here. So the last
// of during is usually a checkpoint that the sender reaches after sending.
//
// The vet refuses it where no driver sends T, for then it could not fail. A function of yours
// that may run, that of a Serve say, may send T, so the vet is silent. Declare with Opaque what
// such a function sends, or give one that only computes an answer to ServeRequests, and the vet
// looks again.
func ReceivesNothing[T any](during ...Action) Action {
	a := newAction(generic[T]("ReceivesNothing"), nil, nil).of(during...).subscribing(eventType[T]()).refusing(eventType[T]())
	known, _ := ownOf(WaitUntilSubscriptionsKnown())
	a.run = func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		stream, err := lahja.NewStream[T](ep)
		if err != nil {
			return err
		}
		defer stream.Close()
		if err := s.Run(ctx, known); err != nil {
			return err
		}
		for _, d := range during {
			if err := s.Run(ctx, d); err != nil {
				return err
			}
		}
		check := &action{name: a.name, source: a.source, run: func(ctx context.Context, s *Scope) error {
			if err := syncWithAll(ctx, ep); err != nil {
				return err
			}
			if e, ok := stream.TryNext(); ok {
				sawEvents(ctx, s, e)
				return fmt.Errorf("received %s{%s}, where nothing of that type was to be received", nameOf[T](), e)
			}
			return nil
		}}
		return s.Run(ctx, check)
	}
	return a
}
