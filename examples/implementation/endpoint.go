package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/tools/engine"
)

// endpoint is a lahja.EndpointAPI at an exchange. What all implementations have in
// common (subscriptions, streams, requests, the table of peers) the core does.
type endpoint struct {
	exchange *exchange
	core     *core.Core
	wait     time.Duration    // for whom it connects to, to appear
	links    map[string]*link // by the peer's name; guarded by exchange.mu
}

var (
	_ lahja.EndpointAPI = (*endpoint)(nil)
	_ lahja.Shutdowner  = (*endpoint)(nil)
	_ lahja.Lifecycle   = (*endpoint)(nil)
)

func open(x *exchange, name string, o engine.EndpointOptions) (*endpoint, error) {
	e := &endpoint{exchange: x, wait: cmp.Or(o.ListenWait, lahja.DefaultListenWait), links: map[string]*link{}}
	core, err := core.New(core.Config{Name: name, Endpoint: e, Logger: o.Logger, Observer: o.Observer, OnHandlerError: o.OnHandlerError,
		OwnChanged: func() { x.announce(e) }})
	if err != nil {
		return nil, err
	}
	e.core = core
	x.mu.Lock()
	x.open[e] = true
	x.mu.Unlock()
	return e, e.core.Start()
}

// list is called with the exchange's lock held.
func (e *endpoint) list(l *link) *core.Remote {
	theirs, _ := l.peer.core.Own()
	_, number := e.core.Own()
	return e.core.AddPeer(core.RemoteConfig{Name: l.peer.core.Name(), Instance: l.peer.core.Instance(),
		Subscriptions: theirs, Knows: number})
}

func (e *endpoint) Name() string { return e.core.Name() }

func (e *endpoint) IsRunning() bool { return e.core.IsRunning() }

func (e *endpoint) IsServing() bool { return e.core.IsServing() }

func (e *endpoint) Done() <-chan struct{} { return e.core.Ended() }

func (e *endpoint) Peers() lahja.Snapshot { return e.core.Peers() }

func (e *endpoint) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	return e.core.WaitForChange(ctx, version)
}

func (e *endpoint) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	return e.core.Subscribe(t, handler, config)
}

func (e *endpoint) ConnectToEndpoints(ctx context.Context, configs ...lahja.ConnectionConfig) error {
	if err := e.check(ctx, configs); err != nil {
		return err
	}
	errs := make([]error, len(configs))
	var all sync.WaitGroup
	for i, config := range configs {
		all.Go(func() { errs[i] = e.connect(ctx, config.Name) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// check refuses what cannot be tried at all, before anything is.
func (e *endpoint) check(ctx context.Context, configs []lahja.ConnectionConfig) error {
	const op = "connect"
	if err := e.core.CheckContext(ctx, op); err != nil {
		return err
	}
	var names []string
	for _, c := range configs {
		_, connected := e.core.Peers().Peer(c.Name)
		switch {
		case c.Name == e.core.Name():
			return e.fail(op, c.Name, lahja.ErrConnectionAttemptRejected, "an endpoint is always connected to itself")
		case slices.Contains(names, c.Name):
			return e.fail(op, c.Name, lahja.ErrConnectionAttemptRejected, "it is named twice")
		case connected:
			return e.fail(op, c.Name, lahja.ErrConnectionAttemptRejected, "it is already connected")
		}
		names = append(names, c.Name)
	}
	return nil
}

func (e *endpoint) connect(ctx context.Context, name string) error {
	for {
		other, err := e.exchange.find(ctx, e, name)
		if err == nil {
			err = e.exchange.join(e, other)
		}
		if !errors.Is(err, errGone) {
			return err
		}
	}
}

func (e *endpoint) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	const op = "broadcast"
	out, err := e.core.Prepare(ctx, payload, config)
	if err == nil {
		err = e.send(ctx, op, out, config)
	}
	if err == nil {
		err = out.Mismatch
	}
	if err != nil {
		return e.core.SendFailed(out, op, payload, err)
	}
	return nil
}

func (e *endpoint) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	const op = "request"
	out, err := e.core.PrepareRequest(ctx, payload, want, config)
	if err == nil {
		err = e.send(ctx, op, out, config)
	}
	if err != nil {
		return nil, e.core.SendFailed(out, op, payload, err)
	}
	return out.Awaited(), nil
}

func (e *endpoint) send(ctx context.Context, op string, out *core.Outgoing, config lahja.BroadcastConfig) error {
	var payload []byte
	if len(out.Remotes) > 0 {
		var err error
		if payload, err = out.Encode(); err != nil {
			return err
		}
	}
	left, here, err := e.exchange.pass(e, out, payload)
	for _, r := range out.Remotes {
		if !slices.Contains(left, r.Name()) {
			out.Sent(r.Name(), len(payload))
		}
	}
	if err == nil && !here {
		err = out.DeliverLocal(ctx, config.NoWait)
	}
	nobody := len(left) == len(out.Remotes) && !out.Local && !config.AllowNoSubscribers
	if err != nil || len(left) == 0 || !nobody && len(config.FilterEndpoints) == 0 && config.FilterEventID.IsZero() {
		return err
	}
	return e.fail(op, strings.Join(left, ", "), lahja.ErrRemoteDisconnected, "it went away before the event was passed on")
}

func (e *endpoint) Sync(ctx context.Context, name string) error {
	const op = "sync"
	if name == e.core.Name() {
		return e.core.Sync(ctx)
	}
	if err := e.core.CheckContext(ctx, op); err != nil {
		return err
	}
	e.exchange.mu.Lock()
	l := e.links[name]
	e.exchange.mu.Unlock()
	if l == nil {
		return e.fail(op, name, lahja.ErrRemoteDisconnected, "it is not connected")
	}
	handled := make(chan struct{})
	l.peer.core.Barrier(func() { close(handled) })
	select {
	case <-handled:
	case <-l.gone:
	case <-e.core.Done():
	case <-ctx.Done():
		return e.wrap(op, name, "its handlers are still busy", ctx.Err())
	}
	if err := e.core.Check(op); err != nil {
		return err
	}
	if l.peer.core.Check(op) != nil {
		return e.fail(op, name, lahja.ErrRemoteDisconnected, "it has closed")
	}
	return nil
}

// Shutdown lets handlers finish, leaves, and lets those finish that came meanwhile.
// Nothing is ever under way at the exchange.
func (e *endpoint) Shutdown(ctx context.Context) error {
	late := ctx.Err()
	e.exchange.shut(e)
	return lahja.ShutdownError(e.Name(), late, e.core.Drain(ctx, core.Departure{
		Goodbye: func(context.Context) error {
			e.hangUp(errors.New("it said goodbye"))
			return nil
		},
		Close: func(context.Context) error {
			e.leave()
			return nil
		},
		End: func(context.Context) error {
			e.core.End(nil)
			return nil
		}}))
}

// leave ends everything but the handlers that run.
func (e *endpoint) leave() {
	e.core.Close()
	e.hangUp(e.fail("close", "", lahja.ErrRemoteDisconnected, "it has closed"))
}

func (e *endpoint) Close() error {
	e.leave()
	e.core.WaitHandlers()
	e.core.End(nil)
	return nil
}

func (e *endpoint) hangUp(reason error) {
	for _, l := range e.exchange.leave(e) {
		l.remote.Remove(reason)
		l.back.remote.Remove(reason)
	}
}

func (e *endpoint) fail(op, peer string, kind error, detail string) error {
	return &lahja.Error{Op: op, Endpoint: e.core.Name(), Peer: peer, Kind: kind, Detail: detail}
}

func (e *endpoint) wrap(op, peer, detail string, cause error) error {
	return &lahja.Error{Op: op, Endpoint: e.core.Name(), Peer: peer, Detail: detail, Err: cause}
}
