package lahja

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja/internal/caller"
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
	lease readLease // nil if requests do not read themselves

	// Guarded by core.mu.
	told          map[reflect.Type]struct{} // the types of which the peer knows our version
	subscriptions map[string]Interest
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
	Subscriptions map[string]Interest
	Knows         uint64
	// Types are the peer's versions of event types; nil if it does not announce them.
	Types *PeerTypes
	// Link becomes Remote.Link.
	Link any

	lease readLease
}

// AddPeer lists a peer and wakes calls that wait for it. The caller must list each name
// only once. It returns nil if the core is closed.
func (c *Core) AddPeer(cfg RemoteConfig) *Remote {
	r := &Remote{core: c, name: cfg.Name, instance: cfg.Instance, since: time.Now(),
		subscriptions: cfg.Subscriptions, types: cfg.Types, knows: cfg.Knows, Link: cfg.Link, lease: cfg.lease}
	c.mu.Lock()
	if c.state != coreRunning {
		c.mu.Unlock()
		return nil
	}
	c.remotes[r.name] = r
	c.bumpLocked(true, true)
	c.mu.Unlock()
	c.observe(Observation{Kind: Connected, Peer: r.name})
	return r
}

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
func (r *Remote) SetSubscriptions(set map[string]Interest) {
	c := r.core
	c.mu.Lock()
	r.subscriptions = set
	if !r.gone {
		c.bumpLocked(false, true)
	}
	c.mu.Unlock()
	c.observe(Observation{Kind: SubscriptionsUpdated, Peer: r.name})
}

// SetKnows records that the peer has acknowledged the endpoint's own set of that number.
func (r *Remote) SetKnows(number uint64) {
	c := r.core
	c.mu.Lock()
	defer c.mu.Unlock()
	r.knows = max(r.knows, number)
	if !r.gone {
		c.bumpLocked(false, false)
	}
}

// Remove takes the peer off the table and wakes waiting calls. The requests that went to it
// and that it has not answered fail with reason. The reason is observed, and kept for a
// while (WhyEnded). Removing again does nothing.
func (r *Remote) Remove(reason error) {
	if r.remove(true, reason) {
		r.core.observe(Observation{Kind: Disconnected, Peer: r.name, Err: reason})
	}
}

// Leave is like Remove, for a peer to which nothing more is sent but whose answers may
// still arrive: requests keep waiting until Remove.
func (r *Remote) Leave(reason error) {
	if r.remove(false, reason) {
		r.core.observe(Observation{Kind: Disconnected, Peer: r.name, Err: reason})
	}
}

// remove reports whether the peer was listed.
func (r *Remote) remove(failRequests bool, reason error) bool {
	c := r.core
	c.mu.Lock()
	listed := !r.gone
	r.gone = true
	if listed && c.remotes[r.name] == r {
		delete(c.remotes, r.name)
		c.bumpLocked(true, true)
	}
	r.endedLocked(reason)
	var asking []*pendingRequest
	if failRequests {
		asking = c.askingLocked(r)
	}
	c.mu.Unlock()
	for _, p := range asking {
		p.lost(r, reason)
		p.drop()
	}
	return listed
}

// Peers implements EndpointAPI. It is empty unless the core runs.
func (c *Core) Peers() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snapshotLocked()
}

// WaitForChange implements EndpointAPI.
func (c *Core) WaitForChange(ctx context.Context, version uint64) (Snapshot, error) {
	const op = "wait for change"
	for {
		if ctx.Err() != nil {
			return Snapshot{}, c.CheckContext(ctx, op)
		}
		c.mu.Lock()
		if err := c.checkLocked(op); err != nil {
			c.mu.Unlock()
			return Snapshot{}, err
		}
		if c.versions.Version > version {
			s := c.snapshotLocked()
			c.mu.Unlock()
			return s, nil
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		if caller.MustNotWait() {
			return Snapshot{}, c.waitsInline(op)
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (c *Core) bumpLocked(connections, subscriptions bool) {
	c.versions.Version++
	if connections {
		c.versions.Connections++
	}
	if subscriptions {
		c.versions.Subscriptions++
	}
	c.snapshot, c.routes = nil, nil
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

func (c *Core) snapshotLocked() Snapshot {
	if c.snapshot == nil {
		s := c.versions
		if c.state == coreRunning {
			s.Peers = c.listLocked()
		}
		c.snapshot = &s
	}
	return *c.snapshot
}

func (c *Core) listLocked() []Peer {
	peers := make([]Peer, 0, len(c.remotes)+1)
	peers = append(peers, Peer{Name: c.cfg.Name, Subscriptions: c.ownLocked(), Knows: c.versions.Own, Since: c.since})
	for _, r := range c.remotes {
		peers = append(peers, Peer{Name: r.name, Subscriptions: r.subscriptions, Knows: r.knows, Since: r.since})
	}
	slices.SortFunc(peers[1:], func(a, b Peer) int { return cmp.Compare(a.Name, b.Name) })
	return peers
}
