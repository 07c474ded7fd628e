package saboteurs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// configured changes the config of subscriptions.
type configured struct {
	endpoint
	change func(lahja.SubscribeConfig) lahja.SubscribeConfig
}

func (c configured) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	return c.EndpointAPI.Subscribe(t, handler, c.change(config))
}

func configures(change func(lahja.SubscribeConfig) lahja.SubscribeConfig) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return configured{e, change} })
}

// instead replaces a policy if a bound is also given.
func instead(policies map[lahja.SlowPolicy]lahja.SlowPolicy) func(lahja.SubscribeConfig) lahja.SubscribeConfig {
	return func(config lahja.SubscribeConfig) lahja.SubscribeConfig {
		if other, ok := policies[config.WhenFull]; ok && config.QueueBytes > 0 {
			config.WhenFull = other
		}
		return config
	}
}

// silent reports only every other drop.
func silent(o *engine.EndpointOptions) {
	observer := o.Observer
	if observer == nil {
		return
	}
	drops := new(atomic.Int64)
	o.Observer = func(seen lahja.Observation) {
		if seen.Kind != lahja.EventDropped || drops.Add(1)%2 == 0 {
			observer(seen)
		}
	}
}

// confused swaps the two policies that drop.
func confused(o *engine.EndpointOptions) {
	switch o.SlowPeer {
	case lahja.DropNewest:
		o.SlowPeer = lahja.DropOldest
	case lahja.DropOldest:
		o.SlowPeer = lahja.DropNewest
	}
}

// untold gives handlers a context that does not end with their endpoint, but long after.
func untold(_ endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return handler(ctx, r)
	}
}

// unended reports success for a broadcast that its own close ended.
func unended(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	err := e.EndpointAPI.Broadcast(ctx, payload, config)
	if errors.Is(err, lahja.ErrLifecycle) {
		return nil
	}
	return err
}
