package saboteurs

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// seer sees its peers otherwise than they are.
type seer struct {
	endpoint
	see func(s lahja.Snapshot) lahja.Snapshot
}

// sees makes endpoints that see a snapshot as see returns it. The peers in what see
// gets are a copy.
func sees(see func(lahja.Snapshot) lahja.Snapshot) func(lahja.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return seer{e, see} })
}

func (s seer) Peers() lahja.Snapshot { return s.seen(s.EndpointAPI.Peers()) }

func (s seer) WaitForChange(ctx context.Context, version uint64) (lahja.Snapshot, error) {
	snapshot, err := s.EndpointAPI.WaitForChange(ctx, version)
	return s.seen(snapshot), err
}

func (s seer) seen(snapshot lahja.Snapshot) lahja.Snapshot {
	snapshot.Peers = slices.Clone(snapshot.Peers)
	return s.see(snapshot)
}

// presume has all peers know everything at once.
func presume(s lahja.Snapshot) lahja.Snapshot {
	for i := range s.Peers {
		s.Peers[i].Knows = math.MaxUint64
	}
	return s
}

// itselfLast lists the endpoint itself behind its peers.
func itselfLast(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) > 0 {
		s.Peers = append(s.Peers[1:], s.Peers[0])
	}
	return s
}

// company lists a peer that is not there where there is none.
func company(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) == 1 {
		s.Peers = append(s.Peers, lahja.Peer{Name: "nobody", Knows: math.MaxUint64})
	}
	return s
}

// subscribersOnly lists no peer that subscribes to nothing, until the endpoint itself
// has subscribed to something: from then on, who waits for its peers to know of that
// needs them all.
func subscribersOnly(s lahja.Snapshot) lahja.Snapshot {
	if s.Own > 0 {
		return s
	}
	s.Peers = slices.DeleteFunc(s.Peers, func(p lahja.Peer) bool {
		return p.Name != s.Peers[0].Name && len(p.Subscriptions) == 0
	})
	return s
}

// nostalgic lists what it once subscribed to as if it did so still.
type nostalgic struct {
	seer
	ever *shared[map[string]lahja.Interest]
}

func newNostalgic(e endpoint) lahja.EndpointAPI {
	ever := newShared(map[string]lahja.Interest{})
	return nostalgic{seer{e, func(s lahja.Snapshot) lahja.Snapshot {
		if len(s.Peers) > 0 {
			s.Peers[0].Subscriptions = ever.get()
		}
		return s
	}}, ever}
}

func (n nostalgic) Subscribe(t lahja.EventType, handler lahja.Handler, config lahja.SubscribeConfig) (*lahja.Subscription, error) {
	n.ever.change(func(ever map[string]lahja.Interest) map[string]lahja.Interest {
		ever = maps.Clone(ever)
		ever[t.Name] = lahja.Interest{Shape: t.Shape, Everyone: true}
		return ever
	})
	return n.EndpointAPI.Subscribe(t, handler, config)
}

// reminiscent lists those that it listed last when it lists nobody any more.
type reminiscent struct {
	endpoint
	last *shared[lahja.Snapshot]
}

func (r reminiscent) Peers() lahja.Snapshot {
	now := r.EndpointAPI.Peers()
	if len(now.Peers) == 0 {
		return r.last.get()
	}
	r.last.set(now)
	return now
}
