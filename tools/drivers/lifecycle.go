package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// CloseEndpoint closes the driver's endpoint at once. Later actions meet a closed
// endpoint; RestartEndpoint opens it again.
func CloseEndpoint() Action {
	return newAction("CloseEndpoint", nil, func(_ context.Context, s *Scope) error { return s.closeEndpoint() }).closing()
}

// ShutdownEndpoint closes the driver's endpoint without losing what is under way.
func ShutdownEndpoint() Action {
	return newAction("ShutdownEndpoint", nil, func(ctx context.Context, s *Scope) error {
		if _, err := s.needEndpoint(); err != nil {
			return err
		}
		return s.shutdown(ctx)
	}).closing()
}

// RestartEndpoint closes the driver's endpoint at once and opens it again, as its
// initializer did the first time: the same name, another instance, no
// subscriptions and no connections.
func RestartEndpoint() Action {
	return newAction("RestartEndpoint", nil, func(ctx context.Context, s *Scope) error {
		if err := s.closeEndpoint(); err != nil {
			return err
		}
		return s.open(ctx)
	}).effect(func(e *effects) { e.reopens = true })
}

func (s *Scope) closeEndpoint() error {
	ep, err := s.needEndpoint()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return ep.Close()
}

// RunEndpoint opens one more endpoint on the driver's engine, for functions of a driver
// that test opening itself. The function closes it.
func (s *Scope) RunEndpoint(ctx context.Context, name string) (lahja.EndpointAPI, error) {
	return s.engine.RunEndpoint(ctx, name, s.options())
}

// ServeEndpoint is RunEndpoint for one that listens.
func (s *Scope) ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig) (lahja.EndpointAPI, error) {
	if err := s.awaitReaped(ctx); err != nil {
		return nil, err
	}
	return s.engine.ServeEndpoint(ctx, config, s.options())
}

// awaitReaped waits until the processes have ended that drivers had killed (Crash), so
// that their names and addresses are free.
func (s *Scope) awaitReaped(ctx context.Context) error {
	if r, ok := s.assignment.Coordinator.(engine.Reaper); ok {
		return r.AwaitReaped(ctx)
	}
	return nil
}
