package saboteurs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// subscriber replaces the handlers of subscriptions.
type subscriber struct {
	endpoint
	handle func(e endpoint, handler lahja.Handler) lahja.Handler
}

func (s subscriber) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler != nil {
		handler = s.handle(s.endpoint, handler)
	}
	return s.EndpointAPI.Subscribe(t, handler, config)
}

func handles(handle func(endpoint, lahja.Handler) lahja.Handler) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return subscriber{e, handle} })
}

// swapped calls a handler for every nth event after the one that follows it.
func swapped(n int) func(endpoint, lahja.Handler) lahja.Handler {
	return func(_ endpoint, handler lahja.Handler) lahja.Handler {
		events := 0
		var held *lahja.Received
		return func(ctx context.Context, r lahja.Received) error {
			if events++; events%n == 0 {
				held = &r
				return nil
			}
			err := handler(ctx, r)
			if held != nil {
				err = errors.Join(err, handler(ctx, *held))
				held = nil
			}
			return err
		}
	}
}

// fromItself tells handlers that events come from their own endpoint.
func fromItself(e endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) error {
		r.Origin = e.Name()
		return handler(ctx, r)
	}
}

// ignoringErrors drops the errors of handlers.
func ignoringErrors(_ endpoint, handler lahja.Handler) lahja.Handler {
	return func(ctx context.Context, r lahja.Received) (err error) {
		defer func() { _ = recover() }()
		_ = handler(ctx, r)
		return nil
	}
}

// clinging keeps calling unsubscribed handlers: it returns another subscription than theirs.
type clinging struct{ endpoint }

func (c clinging) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if handler != nil {
		if _, err := c.EndpointAPI.Subscribe(t, handler, config); err != nil {
			return nil, err
		}
		handler = func(context.Context, lahja.Received) error { return nil }
	}
	return c.EndpointAPI.Subscribe(t, handler, config)
}

// forgetful drops some events for handlers that borrow.
type forgetful struct{ endpoint }

func (h forgetful) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if all, events := handler, 0; config.Borrow {
		handler = func(ctx context.Context, r lahja.Received) error {
			if events++; events%40 == 0 {
				return nil
			}
			return all(ctx, r)
		}
	}
	return h.EndpointAPI.Subscribe(t, handler, config)
}

// oneAtATime calls one handler of an endpoint at a time.
type oneAtATime struct {
	endpoint
	calling *sync.Mutex
}

func newOneAtATime(e endpoint) lahja.EndpointAPI { return oneAtATime{e, new(sync.Mutex)} }

func (o oneAtATime) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	if all := handler; all != nil {
		handler = func(ctx context.Context, r lahja.Received) error {
			o.calling.Lock()
			defer o.calling.Unlock()
			return all(ctx, r)
		}
	}
	return o.EndpointAPI.Subscribe(t, handler, config)
}

// losingAfterSlow drops the event that follows one for which a handler was slow.
func losingAfterSlow(_ endpoint, handler lahja.Handler) lahja.Handler {
	lose := false
	return func(ctx context.Context, r lahja.Received) error {
		if lose {
			lose = false
			return nil
		}
		began := time.Now()
		defer func() { lose = time.Since(began) > 20*time.Millisecond }()
		return handler(ctx, r)
	}
}

// losingAfterExit drops the event that follows one for which a handler panicked or exited, except
// among the first n.
func losingAfterExit(n int) func(endpoint, lahja.Handler) lahja.Handler {
	return func(_ endpoint, handler lahja.Handler) lahja.Handler {
		events, lose := 0, false
		return func(ctx context.Context, r lahja.Received) error {
			if lose {
				lose = false
				return nil
			}
			events++
			lose = events > n
			err := handler(ctx, r)
			lose = false
			return err
		}
	}
}
