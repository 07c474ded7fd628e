package saboteurs

import (
	"context"
	"slices"
	"sync"

	"github.com/lahja/go-lahja/lahja"
)

// lateStreamer registers a stream only when the endpoint next broadcasts to itself, and too late
// for that event.
type lateStreamer struct {
	endpoint
	mu    *sync.Mutex
	fresh map[string]bool // types with an unregistered stream
}

func newLateStreamer(e endpoint) lahja.EndpointAPI {
	return lateStreamer{e, new(sync.Mutex), map[string]bool{}}
}

func (l lateStreamer) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler == nil {
		l.mu.Lock()
		l.fresh[t.Name] = true
		l.mu.Unlock()
	}
	return l.EndpointAPI.Subscribe(t, handler, config)
}

func (l lateStreamer) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	t, err := lahja.TypeOfValue(payload)
	l.mu.Lock()
	misses := err == nil && l.fresh[t.Name] && !isAnswerTo(config)
	delete(l.fresh, t.Name)
	l.mu.Unlock()
	if !misses || config.Internal && len(config.FilterEndpoints) > 0 {
		return l.EndpointAPI.Broadcast(ctx, payload, config)
	}
	remote := l.remoteSubscribers(payload)
	if len(config.FilterEndpoints) > 0 {
		remote = slices.DeleteFunc(slices.Clone(config.FilterEndpoints), func(name string) bool { return name == l.Name() })
	}
	if config.Internal || len(remote) == 0 {
		return nil
	}
	config.FilterEndpoints = remote
	return l.EndpointAPI.Broadcast(ctx, payload, config)
}
