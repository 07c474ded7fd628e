package p2p

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// New returns an endpoint that does not run yet. It fails with ErrInvalid if the name is
// invalid or an option is out of range; the error names the option, its value and the
// range. Nil options work.
func New(name string, opts *Options) (*Endpoint, error) {
	own := opts.get()
	if err := own.check(name); err != nil {
		return nil, err
	}
	var limit *loglimit.Limiter
	own.Logger, limit = loglimit.New(own.Logger) // Never nil from here on.
	e := &Endpoint{logLimit: limit, name: name, opts: own,
		peers: map[string]*peer{}, handshakes: pendingHandshakes{}}
	e.use.transport = own.Transport
	e.memory.limit = int64(own.MaxMemory)
	core, err := core.New(core.Config{Name: name, Endpoint: e, Full: peerIsFull, Logger: own.Logger, Observer: own.Observer,
		OnHandlerError: own.OnHandlerError, MaxPayload: own.MaxPayload, MaxDecoded: own.MaxDecoded, BlockWait: own.BlockWait, Random: own.Random, OwnChanged: e.tellPeers, Describe: describeTo})
	if err != nil {
		return nil, err
	}
	e.core = core
	e.initDials()
	return e, nil
}

// RunEndpoint returns a running endpoint that does not listen. If it fails, it leaves
// nothing behind: a transport that implements io.Closer is closed, unless another endpoint
// uses it.
func RunEndpoint(ctx context.Context, name string, opts *Options) (*Endpoint, error) {
	return opened(name, opts, func(e *Endpoint) error { return e.Run(ctx) })
}

// ServeEndpoint returns a running endpoint named config.Name that listens at
// config.Address. If it fails, it leaves nothing behind, like RunEndpoint.
func ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, opts *Options) (*Endpoint, error) {
	return opened(config.Name, opts, func(e *Endpoint) error { return e.Serve(ctx, config) })
}

// opened returns a new endpoint after opening it with open.
func opened(name string, opts *Options, open func(*Endpoint) error) (*Endpoint, error) {
	e, err := New(name, opts)
	if err != nil {
		unused := transportUse{transport: opts.get().Transport}
		return nil, alsoFailed(err, unused.ends())
	}
	if err := open(e); err != nil {
		return nil, alsoFailed(err, e.Close())
	}
	return e, nil
}

// Run opens the endpoint. It fails with ErrLifecycle if the endpoint ran before. ctx bounds
// the opening, not the endpoint's life.
func (e *Endpoint) Run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &lahja.Error{Op: "run", Endpoint: e.name, Err: err}
	}
	if err := e.core.Start(); err != nil {
		return err
	}
	e.use.begins()
	return nil
}

// Serve is like Run, and also listens at config.Address. If it cannot listen, it closes the
// endpoint.
func (e *Endpoint) Serve(ctx context.Context, config lahja.ConnectionConfig) error {
	const op = "serve"
	if config.Name != e.name {
		return &lahja.Error{Op: op, Endpoint: e.name, Kind: lahja.ErrInvalid,
			Detail: fmt.Sprintf("the config names %q; it must name this endpoint, because others check the name that answers", config.Name)}
	}
	if err := e.Run(ctx); err != nil {
		return err
	}
	e.use.enter()
	l, err := e.use.transport.Listen(ctx, config.Address)
	if err != nil {
		closed := errors.Join(e.use.leave(), e.Close())
		failed := &lahja.Error{Op: op, Endpoint: e.name, Detail: "it cannot listen at " + config.Address, Err: err}
		if short := shortage(err); short != "" {
			failed.Detail += "; " + short
		}
		return alsoFailed(lahja.Completed(failed, lahja.Error{}), closed)
	}
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		l.Close()
		e.leaveTransport()
		return e.core.LifecycleError(op)
	}
	e.listener = l
	e.core.Serving()
	e.work.Start()
	e.mu.Unlock()
	go e.accept(l)
	e.leaveTransport() // Now the endpoint closes the listener before it ends.
	return nil
}
