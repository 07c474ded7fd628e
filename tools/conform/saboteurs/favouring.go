package saboteurs

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// favouring sends the first event for several peers to one of them at once, and to the others
// late.
type favouring struct {
	endpoint
	favoured *atomic.Bool
}

func newFavouring(e endpoint) lahja.EndpointAPI { return favouring{e, new(atomic.Bool)} }

func (f favouring) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	peers := f.remoteSubscribers(payload)
	toEverybody := !config.Internal && !config.NoWait && len(config.FilterEndpoints) == 0 && !isAnswerTo(config)
	if !toEverybody || len(peers) < 2 || f.favoured.Swap(true) {
		return f.EndpointAPI.Broadcast(ctx, payload, config)
	}
	if err := f.EndpointAPI.Broadcast(ctx, payload, lahja.BroadcastConfig{FilterEndpoints: peers[:1]}); err != nil {
		return err
	}
	if err := f.EndpointAPI.Broadcast(ctx, payload, lahja.BroadcastConfig{Internal: true, AllowNoSubscribers: true}); err != nil {
		return err
	}
	select {
	case <-time.After(late):
		return f.EndpointAPI.Broadcast(ctx, payload, lahja.BroadcastConfig{FilterEndpoints: peers[1:]})
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
