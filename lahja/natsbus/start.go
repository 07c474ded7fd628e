package natsbus

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/nats-io/nats.go"
)

// New returns an endpoint that does not run yet. It fails with ErrInvalid if the name is
// invalid or an option is out of range; the error names the option, its value and the
// range. Nil options work.
func New(name string, opts *Options) (*Endpoint, error) { return newEndpoint(name, 0, opts) }

// newEndpoint is New, for the run of that instance; 0 means a new one.
func newEndpoint(name string, instance uint64, opts *Options) (*Endpoint, error) {
	chosen := opts.get()
	if err := chosen.check(name); err != nil {
		return nil, err
	}
	var limit *loglimit.Limiter
	chosen.Logger, limit = loglimit.New(chosen.Logger)
	e := &Endpoint{
		logLimit: limit,
		name:     name, opts: chosen, subjects: subjects{bus: chosen.Bus},
		out:      outbox{limit: chosen.QueueBytes, wake: make(chan struct{}, 1)},
		incoming: make(chan *nats.Msg, chosen.Pending),
		stopped:  make(chan struct{}), written: make(chan struct{}), hungUp: make(chan struct{}), closed: make(chan struct{}),
		backed: make(chan struct{}), down: make(chan struct{}), links: map[string]*link{}, instances: map[uint64]*link{},
		missed: map[string]*missing{}, contests: map[uint64]bool{}, typeSubs: map[string]*nats.Subscription{}, calls: map[uint64]call{},
	}
	close(e.down)
	core, err := core.New(core.Config{Name: name, Instance: instance, Endpoint: e, Logger: chosen.Logger, Observer: chosen.Observer,
		OnHandlerError: chosen.OnHandlerError, MaxPayload: chosen.MaxPayload, MaxDecoded: chosen.MaxDecoded, BlockWait: chosen.BlockWait, OwnChanged: e.out.markStale, Describe: e.describe})
	if err != nil {
		return nil, err
	}
	e.core, e.part, e.relinks = core, own{e}, true
	e.initDials()
	return e, nil
}

// RunEndpoint returns a running endpoint that others cannot connect to.
func RunEndpoint(ctx context.Context, name string, opts *Options) (*Endpoint, error) {
	e, err := New(name, opts)
	if err != nil {
		return nil, err
	}
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// ServeEndpoint returns a running endpoint named config.Name that others can connect to. It
// ignores the address, because endpoints find each other by name.
func ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, opts *Options) (*Endpoint, error) {
	e, err := New(config.Name, opts)
	if err != nil {
		return nil, err
	}
	if err := e.Serve(ctx, config); err != nil {
		return nil, err
	}
	return e, nil
}

// Run connects to the server and opens the endpoint. It fails with ErrLifecycle if the
// endpoint ran before. If the server cannot be reached, the endpoint is closed. ctx bounds
// the opening, not the endpoint's life.
func (e *Endpoint) Run(ctx context.Context) error { return e.open(ctx, "run", false) }

// Serve is like Run, and lets others connect. If a live endpoint already serves under the
// name, it fails with ErrConnectionAttemptRejected.
func (e *Endpoint) Serve(ctx context.Context, config lahja.ConnectionConfig) error {
	const op = "serve"
	if config.Name != e.name {
		return e.fail(op, "", lahja.ErrInvalid,
			fmt.Sprintf("the config names %q; it must name this endpoint, because others look for that name", config.Name), nil)
	}
	return e.open(ctx, op, true)
}

func (e *Endpoint) open(ctx context.Context, op string, serve bool) error {
	if err := ctx.Err(); err != nil {
		return e.fail(op, "", nil, "", err)
	}
	if err := e.core.Start(); err != nil {
		return err
	}
	if err := e.begin(ctx, op, serve); err != nil {
		e.Close()
		return err
	}
	if serve {
		e.core.Serving()
	}
	return nil
}
