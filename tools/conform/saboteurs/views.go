package saboteurs

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja"
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

// everyInterest changes how a peer is said to subscribe.
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

// lastFirst lists the peers behind the endpoint itself from the last name to the first.
func lastFirst(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) > 1 {
		slices.Reverse(s.Peers[1:])
	}
	return s
}

// connectionsOfAnyKind counts every change of subscriptions as one of connections.
func connectionsOfAnyKind(s lahja.Snapshot) lahja.Snapshot {
	s.Connections = s.Subscriptions
	return s
}

// ownOfAnyKind counts everybody's subscriptions as the endpoint's own.
func ownOfAnyKind(s lahja.Snapshot) lahja.Snapshot {
	s.Own = s.Subscriptions
	return everyPeer(func(p *lahja.Peer) { p.Knows = math.MaxUint64 })(s)
}

// waiter waits for changes in a way of its own.
type waiter struct {
	endpoint
	wait func(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error)
}

func (w waiter) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	return w.wait(ctx, w.endpoint, version)
}

func waits(wait func(context.Context, endpoint, uint64) (lahja.Snapshot, error)) func(lahja.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return waiter{e, wait} })
}

// whateverThereIs does not wait for a greater version, where it lists anybody.
func whateverThereIs(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	if now := e.Peers(); ctx.Err() == nil && len(now.Peers) > 0 {
		return now, nil
	}
	return e.EndpointAPI.WaitForChange(ctx, version)
}

// versionBefore gives a snapshot the version that was known already.
func versionBefore(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	s, err := e.EndpointAPI.WaitForChange(ctx, version)
	if version > 0 && err == nil {
		s.Version = version
	}
	return s, err
}

// evenInVain does not look at a context that has ended where there is nothing to wait for.
func evenInVain(ctx context.Context, e endpoint, version uint64) (lahja.Snapshot, error) {
	if now := e.Peers(); now.Version > version {
		return now, nil
	}
	return e.EndpointAPI.WaitForChange(ctx, version)
}
