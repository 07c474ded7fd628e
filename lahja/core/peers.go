package core

import (
	"context"
	"reflect"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Remote is one peer in a Core's table, from AddPeer to Remove. A peer that comes back
// under its name is another Remote.
type Remote struct {
	// Link belongs to the implementation, for example a connection. The core does not use
	// it.
	Link any

	core     *Core
	name     string
	instance uint64
	since    time.Time

	types *PeerTypes
	lease ReadLease // nil if requests do not read themselves

	// Guarded by core.mu.
	told          map[reflect.Type]struct{} // the types of which the peer knows our version
	subscriptions map[string]lahja.Interest
	knows         uint64
	gone          bool
	end           *end // nil while it is listed
}

// RemoteConfig describes a peer that has become ready.
type RemoteConfig struct {
	Name string
	// Instance is the peer's Core.Instance.
	Instance uint64
	// Subscriptions and Knows are those of Peer. The core keeps the map; do not change it.
	Subscriptions map[string]lahja.Interest
	Knows         uint64
	// Types are the peer's versions of event types; nil if it does not announce them.
	Types *PeerTypes
	// Link becomes Remote.Link.
	Link any

	// Lease, if set, lets a request read its own answer from the peer.
	Lease ReadLease
}

// AddPeer lists a peer and wakes calls that wait for it. The caller must list each name
// only once. It returns nil if the core is closed.
func (c *Core) AddPeer(cfg RemoteConfig) *Remote {
	r := &Remote{core: c, name: cfg.Name, instance: cfg.Instance, since: time.Now(),
		subscriptions: cfg.Subscriptions, types: cfg.Types, knows: cfg.Knows, Link: cfg.Link, lease: cfg.Lease}
	c.mu.Lock()
	if c.state != coreRunning {
		c.mu.Unlock()
		return nil
	}
	c.remotes[r.name] = r
	at := c.observedLocked()
	c.bumpLocked(true, true)
	c.mu.Unlock()
	r.observe(lahja.Connected, at, cfg.Subscriptions, nil)
	return r
}

// Since returns when the peer was listed.
func (r *Remote) Since() time.Time { return r.since }

// Name returns the peer's name.
func (r *Remote) Name() string { return r.name }

// Link returns the Link of the peer listed under that name, or nil.
func (c *Core) Link(name string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.remotes[name]; r != nil {
		return r.Link
	}
	return nil
}

// SetSubscriptions replaces what the peer subscribes to. The core keeps the map.
func (r *Remote) SetSubscriptions(set map[string]lahja.Interest) {
	c := r.core
	c.mu.Lock()
	r.subscriptions = set
	at := c.observedLocked()
	if !r.gone {
		c.bumpLocked(false, true)
	}
	c.mu.Unlock()
	r.observe(lahja.SubscriptionsUpdated, at, set, nil)
}

// SetKnows records that the peer has acknowledged the endpoint's own set of that number.
func (r *Remote) SetKnows(number uint64) {
	c := r.core
	c.mu.Lock()
	defer c.mu.Unlock()
	if number <= r.knows {
		return // It was told of twice: nothing has changed.
	}
	if r.knows = number; !r.gone {
		c.bumpLocked(false, false)
	}
}

// Remove takes the peer off the table and wakes waiting calls. The requests that went to it
// and that it has not answered fail with reason. The reason is observed, and kept for a
// while (WhyEnded). Removing again does nothing.
func (r *Remote) Remove(reason error) {
	r.remove(true, reason)
}

// Leave is like Remove, for a peer to which nothing more is sent but whose answers may
// still arrive: requests keep waiting until Remove.
func (r *Remote) Leave(reason error) {
	r.remove(false, reason)
}

func (r *Remote) remove(failRequests bool, reason error) {
	c := r.core
	c.mu.Lock()
	listed := !r.gone
	r.gone = true
	at := c.observedLocked()
	if listed && c.remotes[r.name] == r {
		delete(c.remotes, r.name)
		c.bumpLocked(true, true)
	}
	r.endedLocked(reason)
	var asking []*PendingRequest
	if failRequests {
		asking = c.askingLocked(r)
	}
	c.mu.Unlock()
	for _, p := range asking {
		p.lost(r, reason)
		p.drop()
	}
	if listed {
		r.observe(lahja.Disconnected, at, nil, reason)
	}
}

// tellLocked has the peer told, once, which version of a type is here.
func (r *Remote) tellLocked(t lahja.EventType) {
	if _, told := r.told[t.Go]; told || r.core.cfg.Describe == nil {
		return
	}
	if r.told == nil {
		r.told = map[reflect.Type]struct{}{}
	}
	r.told[t.Go] = struct{}{}
	if known, err := payload.Of(t.Go); err == nil && known.Layout != nil {
		r.core.cfg.Describe(r.Link, Description{Type: t.Name, Layout: known.Layout})
	}
}

// TellAgain describes the types to the peer again, because it may have missed some.
func (r *Remote) TellAgain() {
	c := r.core
	c.mu.Lock()
	defer c.mu.Unlock()
	r.told, c.routes = nil, nil
}

// ReadLease lets a request read a peer's connection itself, while it waits for an answer
// from that peer alone.
type ReadLease interface {
	// Enter counts a request that begins to wait, and Leave one that no longer waits.
	Enter()
	Leave()
	// ReadFor reads until the request has an answer or an error in its place, or ctx ends.
	// If another goroutine reads, it returns false without reading.
	ReadFor(ctx context.Context, request *PendingRequest) bool
	// Recall has a reader start if nobody reads. TakeOver also has another reader start while
	// the reader calls a handler.
	Recall()
	TakeOver()
}

// WhyEnded returns why the latest connection to the named peer ended. It is nil if there
// was none, or if more than 128 connections have ended since.
func (c *Core) WhyEnded(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone.reason(func(e *end) bool { return e.name == name })
}

// endedLocked records why the peer's connection ended, or corrects it.
func (r *Remote) endedLocked(reason error) {
	if r.end == nil {
		r.end = &end{name: r.name, instance: r.instance}
		r.core.gone.add(r.end)
	}
	if reason != nil {
		r.end.reason = reason
	}
}
