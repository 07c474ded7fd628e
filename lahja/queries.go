package lahja

import (
	"maps"
	"slices"
)

// IsConnectedTo tells whether the named endpoint is connected. An endpoint is
// connected to itself.
func IsConnectedTo(ep EndpointAPI, name string) bool { return connectedTo(ep.Peers(), name) }

// GetConnectedEndpointsAndSubscriptions maps the name of each endpoint that is
// connected, the endpoint itself included, to the sorted wire names of the
// types that it subscribes to.
func GetConnectedEndpointsAndSubscriptions(ep EndpointAPI) map[string][]string {
	all := map[string][]string{}
	for _, p := range ep.Peers().Peers {
		all[p.Name] = slices.Sorted(maps.Keys(p.Subscriptions))
	}
	return all
}

// GetSubscribedEvents returns the sorted wire names of the types that the
// endpoint itself subscribes to.
func GetSubscribedEvents(ep EndpointAPI) []string {
	p, _ := ep.Peers().Peer(ep.Name())
	return slices.Sorted(maps.Keys(p.Subscriptions))
}

// IsEndpointSubscribedTo reports whether the named endpoint is connected and
// subscribes to T. All queries and waits go by the wire name of T: the endpoint may
// have a version of T that does not fit, and then a broadcast fails with ErrTypeMismatch.
func IsEndpointSubscribedTo[T any](ep EndpointAPI, name string) bool {
	return endpointSubscribed(ep.Peers(), name, mustTypeOf[T]())
}

// IsAnyEndpointSubscribedTo tells whether any endpoint subscribes to T, the
// endpoint itself included.
func IsAnyEndpointSubscribedTo[T any](ep EndpointAPI) bool {
	return anySubscribed(ep.Peers(), mustTypeOf[T]())
}

// AreAllEndpointsSubscribedTo reports whether all connected endpoints subscribe to T.
// With includeSelf the endpoint itself counts, so that it is false for one that does not
// run. Without, and without peers, it is true.
func AreAllEndpointsSubscribedTo[T any](ep EndpointAPI, includeSelf bool) bool {
	return allSubscribed(ep.Peers(), ep.Name(), mustTypeOf[T](), includeSelf)
}

// mustTypeOf panics for a type that cannot be an event, which is the
// programmer's mistake; the error says the mend.
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

// known tells whether every peer has acknowledged the endpoint's own set of
// that number.
func known(s Snapshot, number uint64) bool {
	return !slices.ContainsFunc(s.Peers, func(p Peer) bool { return p.Knows < number })
}
