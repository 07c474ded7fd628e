package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
)

// affable synchronises with everybody.
type affable struct{ endpoint }

func (a affable) Sync(ctx context.Context, peer string) error {
	err := a.EndpointAPI.Sync(ctx, peer)
	if errors.Is(err, lahja.ErrRemoteDisconnected) {
		return nil
	}
	return err
}

// belated does not look at a context that has ended when it is asked to synchronise.
type belated struct{ endpoint }

func (b belated) Sync(ctx context.Context, peer string) error {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return b.EndpointAPI.Sync(ctx, peer)
}
