package core

import (
	"cmp"
	"context"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// Peers implements lahja.EndpointAPI. It is empty unless the core runs.
func (c *Core) Peers() lahja.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snapshotLocked()
}

// WaitForChange implements lahja.EndpointAPI.
func (c *Core) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	const op = "wait for change"
	for {
		if ctx.Err() != nil {
			return lahja.Snapshot{}, c.CheckContext(ctx, op)
		}
		c.mu.Lock()
		if err := c.checkLocked(op); err != nil {
			c.mu.Unlock()
			return lahja.Snapshot{}, err
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
		c.Waits(ctx)
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

func (c *Core) snapshotLocked() lahja.Snapshot {
	if c.snapshot == nil {
		s := c.versions
		if c.state == coreRunning {
			s.Peers = c.listLocked()
		}
		c.snapshot = &s
	}
	return *c.snapshot
}

func (c *Core) listLocked() []lahja.Peer {
	peers := make([]lahja.Peer, 0, len(c.remotes)+1)
	peers = append(peers, lahja.Peer{Name: c.Name(), Subscriptions: c.ownLocked(), Knows: c.versions.Own, Since: c.since})
	for _, r := range c.remotes {
		peers = append(peers, lahja.Peer{Name: r.name, Subscriptions: r.subscriptions, Knows: r.knows, Since: r.since})
	}
	slices.SortFunc(peers[1:], func(a, b lahja.Peer) int { return cmp.Compare(a.Name, b.Name) })
	return peers
}

func (c *Core) ownChangedLocked() {
	c.versions.Own++
	c.own = nil
	c.bumpLocked(false, true)
}

// Own returns what the endpoint subscribes to, by wire name, and the number of that set
// (Snapshot.Own). The map is shared; do not change it.
func (c *Core) Own() (set map[string]lahja.Interest, number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ownLocked(), c.versions.Own
}

func (c *Core) ownLocked() map[string]lahja.Interest {
	if c.own == nil {
		c.own = make(map[string]lahja.Interest, len(c.types))
		for name, entry := range c.types {
			c.own[name] = entry.interest
		}
	}
	return c.own
}

// whoLocked returns the peers. The list is shared; do not change it.
func (c *Core) whoLocked(internal bool) []lahja.Peer {
	peers := c.snapshotLocked().Peers
	if internal && len(peers) > 0 {
		peers = peers[:1]
	}
	return peers
}
