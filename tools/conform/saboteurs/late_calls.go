package saboteurs

import (
	"context"
	"errors"
	"sync"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// nothingTooLate does nothing and succeeds if the context has ended.
func nothingTooLate(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	if ctx.Err() != nil {
		return nil
	}
	return e.EndpointAPI.Broadcast(ctx, payload, config)
}

// allTheSame broadcasts even if the context has ended, and then returns its error.
func allTheSame(ctx context.Context, e endpoint, payload any, config lahja.BroadcastConfig) error {
	ended := ctx.Err()
	if err := e.EndpointAPI.Broadcast(context.WithoutCancel(ctx), payload, config); err != nil {
		return err
	}
	return ended
}

// asksAllTheSame sends requests even if the context has ended, and then returns its error.
func asksAllTheSame(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(context.WithoutCancel(ctx), payload, want, config)
	if ended := ctx.Err(); ended != nil && err == nil {
		answers.Close()
		return nil, ended
	}
	return answers, err
}

// connectsAllTheSame connects even if the context has ended, and then returns its error.
func connectsAllTheSame(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	ended := ctx.Err()
	if ended == nil {
		return e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	}
	if err := e.EndpointAPI.ConnectToEndpoints(context.WithoutCancel(ctx), configs...); err != nil && !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
		return err
	}
	return ended
}

// whileOneIsThere does not report endpoints that never listened if another one did.
func whileOneIsThere(ctx context.Context, e endpoint, configs []lahja.ConnectionConfig) error {
	err := e.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	for _, c := range configs {
		if errors.Is(err, lahja.ErrNoListener) && lahja.IsConnectedTo(e, c.Name) {
			return nil
		}
	}
	return err
}

// synchroniser replaces Sync.
type synchroniser struct {
	endpoint
	sync func(ctx context.Context, e endpoint, peer string) error
}

func (s synchroniser) Sync(ctx context.Context, peer string) error {
	return s.sync(ctx, s.endpoint, peer)
}

func syncs(sync func(context.Context, endpoint, string) error) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return synchroniser{e, sync} })
}

// withoutEnd continues when its context ends.
func withoutEnd(ctx context.Context, e endpoint, peer string) error {
	if ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	return e.EndpointAPI.Sync(ctx, peer)
}

// notWithItself does not wait for its own handlers.
func notWithItself(ctx context.Context, e endpoint, peer string) error {
	if peer == e.Name() && ctx.Err() == nil && lahja.IsRunning(e) {
		return nil
	}
	return e.EndpointAPI.Sync(ctx, peer)
}

// untilClosed reports success for a sync that its own close ended.
func untilClosed(ctx context.Context, e endpoint, peer string) error {
	began := lahja.IsRunning(e)
	err := e.EndpointAPI.Sync(ctx, peer)
	if began && errors.Is(err, lahja.ErrLifecycle) {
		return nil
	}
	return err
}

// acquainted reports success for a sync with a peer that has gone.
type acquainted struct {
	endpoint
	mu    *sync.Mutex
	known map[string]bool
}

func newAcquainted(e endpoint) lahja.EndpointAPI {
	return acquainted{e, new(sync.Mutex), map[string]bool{}}
}

func (a acquainted) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	err := a.EndpointAPI.ConnectToEndpoints(ctx, configs...)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range configs {
		a.known[c.Name] = a.known[c.Name] || err == nil
	}
	return err
}

func (a acquainted) Sync(ctx context.Context, peer string) error {
	err := a.EndpointAPI.Sync(ctx, peer)
	a.mu.Lock()
	defer a.mu.Unlock()
	if errors.Is(err, lahja.ErrRemoteDisconnected) && a.known[peer] {
		return nil
	}
	return err
}
