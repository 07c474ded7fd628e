package lahja

import (
	"maps"
	"slices"
)

// IsConnectedTo reports whether the named endpoint is connected. An endpoint is connected
// to itself.
func IsConnectedTo(ep EndpointAPI, name string) bool { return connectedTo(ep.Peers(), name) }

// GetConnectedEndpointsAndSubscriptions maps the name of each connected endpoint, including
// ep itself, to the sorted wire names of the types that it subscribes to.
func GetConnectedEndpointsAndSubscriptions(ep EndpointAPI) map[string][]string {
	all := map[string][]string{}
	for _, p := range ep.Peers().Peers {
		all[p.Name] = slices.Sorted(maps.Keys(p.Subscriptions))
	}
	return all
}

// GetSubscribedEvents returns the sorted wire names of the types that ep itself subscribes
// to.
func GetSubscribedEvents(ep EndpointAPI) []string {
	p, _ := ep.Peers().Peer(ep.Name())
	return slices.Sorted(maps.Keys(p.Subscriptions))
}

// IsEndpointSubscribedTo reports whether the named endpoint is connected and subscribes to
// T. All queries and waits compare wire names only. If the endpoint has an incompatible
// version of T, a broadcast to it still fails with ErrTypeMismatch.
func IsEndpointSubscribedTo[T any](ep EndpointAPI, name string) bool {
	return endpointSubscribed(ep.Peers(), name, mustTypeOf[T]())
}

// IsAnyEndpointSubscribedTo reports whether any endpoint, including ep itself, subscribes
// to T.
func IsAnyEndpointSubscribedTo[T any](ep EndpointAPI) bool {
	return anySubscribed(ep.Peers(), mustTypeOf[T]())
}

// AreAllEndpointsSubscribedTo reports whether all connected endpoints subscribe to T. With
// includeSelf, ep itself must too, so the result is false if ep does not run. Without
// includeSelf, it is true if there are no peers.
func AreAllEndpointsSubscribedTo[T any](ep EndpointAPI, includeSelf bool) bool {
	return allSubscribed(ep.Peers(), ep.Name(), mustTypeOf[T](), includeSelf)
}

// mustTypeOf panics if T cannot be an event. That is the programmer's mistake, and the
// error says how to fix it.
func mustTypeOf[T any]() string {
	t, err := TypeOf[T]()
	if err != nil {
		panic(err)
	}
	return t.Name
}

func connectedTo(s Snapshot, name string) bool {
	_, ok := s.Peer(name)
	return ok
}

func subscribes(p Peer, event string) bool {
	_, ok := p.Subscriptions[event]
	return ok
}

func endpointSubscribed(s Snapshot, name, event string) bool {
	p, ok := s.Peer(name)
	return ok && subscribes(p, event)
}

func anySubscribed(s Snapshot, event string) bool {
	return slices.ContainsFunc(s.Peers, func(p Peer) bool { return subscribes(p, event) })
}

func allSubscribed(s Snapshot, self, event string, includeSelf bool) bool {
	if includeSelf && !endpointSubscribed(s, self, event) {
		return false
	}
	return !slices.ContainsFunc(s.Peers, func(p Peer) bool { return p.Name != self && !subscribes(p, event) })
}

// known reports whether every peer has acknowledged the endpoint's own subscriptions of
// that number.
func known(s Snapshot, number uint64) bool {
	return !slices.ContainsFunc(s.Peers, func(p Peer) bool { return p.Knows < number })
}
