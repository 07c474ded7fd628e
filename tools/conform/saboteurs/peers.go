package saboteurs

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// seer reports its peers wrongly.
type seer struct {
	endpoint
	see func(s lahja.Snapshot) lahja.Snapshot
}

// sees makes endpoints that report a snapshot as see changes it. see gets a copy of the peers.
func sees(see func(lahja.Snapshot) lahja.Snapshot) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
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

// presume reports that all peers know everything.
func presume(s lahja.Snapshot) lahja.Snapshot {
	for i := range s.Peers {
		s.Peers[i].Knows = math.MaxUint64
	}
	return s
}

// itselfLast lists the endpoint itself after its peers.
func itselfLast(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) > 0 {
		s.Peers = append(s.Peers[1:], s.Peers[0])
	}
	return s
}

// company lists a made-up peer if there is none.
func company(s lahja.Snapshot) lahja.Snapshot {
	if len(s.Peers) == 1 {
		s.Peers = append(s.Peers, lahja.Peer{Name: "nobody", Knows: math.MaxUint64})
	}
	return s
}

// subscribersOnly leaves out peers without subscriptions until the endpoint itself has subscribed
// to something. From then on it lists all, because WaitUntilSubscriptionsKnown needs them.
func subscribersOnly(s lahja.Snapshot) lahja.Snapshot {
	if s.Own > 0 {
		return s
	}
	s.Peers = slices.DeleteFunc(s.Peers, func(p lahja.Peer) bool {
		return p.Name != s.Peers[0].Name && len(p.Subscriptions) == 0
	})
	return s
}

// nostalgic lists its former subscriptions as if it still had them.
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

// reminiscent lists its last peers when there are none any more.
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
