package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
)

// affable reports success for a sync with anybody.
type affable struct{ endpoint }

func (a affable) Sync(ctx context.Context, peer string) error {
	err := a.EndpointAPI.Sync(ctx, peer)
	if errors.Is(err, lahja.ErrRemoteDisconnected) {
		return nil
	}
	return err
}

// belated ignores a context that has already ended.
type belated struct{ endpoint }

func (b belated) Sync(ctx context.Context, peer string) error {
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return b.EndpointAPI.Sync(ctx, peer)
}
