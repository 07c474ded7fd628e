package dial

import (
	"context"
	"errors"
	"sync"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// ConnectToEndpoints implements lahja.EndpointAPI.
func (r *Registry[T]) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	if err := r.Core.CheckContext(ctx, "connect"); err != nil {
		return lahja.Completed(err, lahja.Error{Peer: namesOf(configs)})
	}
	attempts, err := r.begin(configs)
	defer r.End(attempts...)
	if err != nil {
		return lahja.Completed(err, lahja.Error{Endpoint: r.Core.Name(), Peer: namesOf(configs)})
	}
	r.Core.Waits(ctx)
	if len(attempts) == 1 {
		return r.connect(ctx, attempts[0])
	}
	errs := make([]error, len(attempts))
	var all sync.WaitGroup
	for i, a := range attempts {
		all.Go(func() { errs[i] = r.connect(ctx, a) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func namesOf(configs []lahja.ConnectionConfig) string {
	return brief.Each(len(configs), ", ", func(i int) string { return brief.Name(configs[i].Name) })
}

// begin registers the attempts, so that connections that come in meanwhile see them.
func (r *Registry[T]) begin(configs []lahja.ConnectionConfig) ([]*Attempt[T], error) {
	const op = "connect"
	if err := r.Core.Check(op); err != nil {
		return nil, err
	}
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	if r.stopped {
		return nil, r.Core.LifecycleError(op)
	}
	var attempts []*Attempt[T]
	for _, config := range configs {
		if err := lahja.ValidateName(config.Name); err != nil {
			return attempts, err
		}
		if detail := r.rejectLocked(config.Name); detail != "" {
			return attempts, &lahja.Error{Op: "connect to " + config.String(), Endpoint: r.Core.Name(), Peer: config.Name,
				Kind: lahja.ErrConnectionAttemptRejected, Detail: detail}
		}
		r.takeOverLocked(config.Name)
		attempts = append(attempts, r.BeginLocked(config, false))
	}
	return attempts, nil
}

// rejectLocked returns why no attempt can be made, or "".
func (r *Registry[T]) rejectLocked(name string) string {
	if name == r.Core.Name() {
		return "an endpoint is always connected to itself"
	}
	if a := r.attempts[name]; a != nil && !a.Again {
		return "it is already being connected; name each endpoint once"
	}
	if _, listed := r.Holder(name); listed {
		return "it is already connected"
	}
	return ""
}

// connect makes the attempt of a call, whose others may take longer.
func (r *Registry[T]) connect(ctx context.Context, a *Attempt[T]) error {
	defer r.End(a)
	_, err := r.Connect(ctx, a)
	if err == nil {
		r.keep(a.Config)
	}
	return err
}
