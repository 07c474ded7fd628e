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
