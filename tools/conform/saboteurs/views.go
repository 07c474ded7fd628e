package saboteurs

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// everyPeer changes each peer of a snapshot.
func everyPeer(change func(p *lahja.Peer)) func(lahja.Snapshot) lahja.Snapshot {
	return func(s lahja.Snapshot) lahja.Snapshot {
		for i := range s.Peers {
			change(&s.Peers[i])
		}
		return s
	}
}

func sinceNever(p *lahja.Peer) { p.Since = time.Time{} }

func sinceNow(p *lahja.Peer) { p.Since = time.Now() }

// everyInterest changes each subscription of each peer.
func everyInterest(change func(i *lahja.Interest)) func(lahja.Snapshot) lahja.Snapshot {
	return everyPeer(func(p *lahja.Peer) {
		changed := map[string]lahja.Interest{}
		for event, interest := range p.Subscriptions {
			change(&interest)
			changed[event] = interest
		}
		p.Subscriptions = changed
	})
}

func withoutGroups(i *lahja.Interest) { i.Groups, i.Everyone = nil, true }

func withoutShape(i *lahja.Interest) { i.Shape = 0 }

// lastFirst lists the peers after the endpoint itself in reverse order.
func lastFirst(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) > 1 {
		slices.Reverse(s.Peers[1:])
	}
	return s
}

// connectionsOfAnyKind counts every change of subscriptions as a change of connections.
func connectionsOfAnyKind(s lahja.Snapshot) lahja.Snapshot {
	s.Connections = s.Subscriptions
	return s
}

// ownOfAnyKind counts everybody's subscriptions as the endpoint's own.
func ownOfAnyKind(s lahja.Snapshot) lahja.Snapshot {
	s.Own = s.Subscriptions
	return everyPeer(func(p *lahja.Peer) { p.Knows = math.MaxUint64 })(s)
}

// waiter replaces WaitForChange.
type waiter struct {
	endpoint
	wait func(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error)
}

func (w waiter) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	return w.wait(ctx, w.endpoint, version)
}

func waits(wait func(context.Context, endpoint, uint64) (lahja.Snapshot, error)) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return waiter{e, wait} })
}

// whateverThereIs does not wait for a greater version if it lists anybody.
func whateverThereIs(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	if now := e.Peers(); ctx.Err() == nil && len(now.Peers) > 0 {
		return now, nil
	}
	return e.EndpointAPI.WaitForChange(ctx, version)
}

// versionBefore gives a changed snapshot the version that the caller already knew.
func versionBefore(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	s, err := e.EndpointAPI.WaitForChange(ctx, version)
	if version > 0 && err == nil {
		s.Version = version
	}
	return s, err
}

// evenInVain ignores an ended context if there is nothing to wait for.
func evenInVain(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	if now := e.Peers(); now.Version > version {
		return now, nil
	}
	return e.EndpointAPI.WaitForChange(ctx, version)
}
