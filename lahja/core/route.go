package core

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// routeLocked finds the receivers of o, or returns why there are none.
func (c *Core) routeLocked(o *Outgoing, config lahja.BroadcastConfig) error {
	if err := c.allowedLocked(o, config); err != nil {
		return err
	}
	if o.Local || len(o.Remotes) > 0 || config.AllowNoSubscribers || !config.FilterEventID.IsZero() {
		return nil
	}
	if o.mismatches.count > 0 {
		return errMismatches
	}
	return &unrouted{kind: lahja.ErrNoSubscribers, why: "nobody subscribes to it", who: c.whoLocked(config.Internal)}
}

// allowedLocked sets o's receivers to those that the config allows.
func (c *Core) allowedLocked(o *Outgoing, config lahja.BroadcastConfig) error {
	if config.FilterEventID.IsZero() && !config.Internal && len(config.FilterEndpoints) == 0 {
		c.routeAllLocked(o)
		return nil
	}
	r := route{remotes: o.one[:0]}
	var err error
	switch {
	case !config.FilterEventID.IsZero():
		err = c.routeAnswerLocked(o, &r, config)
	case config.Internal:
		r.addOwn(c.types[o.Type.Name])
	default:
		err = c.routeNamedLocked(o, &r, config)
	}
	if err == nil {
		c.followLocked(o, &r)
	}
	return err
}

// route is the receivers of events of one type.
type route struct {
	local      bool
	remotes    []*Remote
	names      []string // of remotes, for the observer; nil if there is none, or if it is used once
	groups     []*group // sorted by name; one member of each receives it too
	mismatches mismatches
}

// followLocked sets o's receivers to those of the route.
func (c *Core) followLocked(o *Outgoing, r *route) {
	o.Local, o.Remotes, o.named, o.mismatches = r.local, r.remotes, r.names, r.mismatches
	if len(r.groups) > 0 {
		c.chooseLocked(o, r.groups)
	}
}

// routeAllLocked reuses the last route of the type unless something has changed.
func (c *Core) routeAllLocked(o *Outgoing) {
	if known := c.routes[o.Type.Name]; known != nil {
		c.followLocked(o, known)
		return
	}
	r := new(route)
	r.addOwn(c.types[o.Type.Name])
	for _, name := range slices.Sorted(maps.Keys(c.remotes)) { // It may tell each its version.
		peer := c.remotes[name]
		if interest, ok := peer.subscriptions[o.Type.Name]; ok && r.fits(o, peer, interest.Shape) {
			r.add(peer, interest)
		}
	}
	if r.remotes = slices.Clip(r.remotes); c.Observes() {
		r.names = namesOf(r.remotes)
	}
	r.sort()
	if c.routes == nil {
		c.routes = map[string]*route{}
	}
	c.routes[o.Type.Name] = r
	c.followLocked(o, r)
}

// routeNamedLocked requires that each named endpoint is connected and subscribes.
func (c *Core) routeNamedLocked(o *Outgoing, r *route, config lahja.BroadcastConfig) error {
	for i, name := range config.FilterEndpoints {
		set, peer := c.subscriptionsLocked(name)
		interest, subscribed := set[o.Type.Name]
		switch {
		case slices.Contains(config.FilterEndpoints[:i], name):
		case subscribed && (peer == nil || r.fits(o, peer, interest.Shape)):
			r.add(peer, interest)
		case subscribed, config.AllowNoSubscribers:
		case set == nil:
			return &unrouted{kind: lahja.ErrNoSubscribers, name: name, why: " is not connected", who: c.whoLocked(false)}
		default:
			return &unrouted{kind: lahja.ErrNoSubscribers, name: name, set: set, why: ", not to this"}
		}
	}
	r.sort()
	return nil
}

// routeAnswerLocked sends an answer to the request's origin, and to other endpoints that
// the filter names if they subscribe. The origin receives it even if its version of the
// type is incompatible, so that its request fails instead of hanging.
func (c *Core) routeAnswerLocked(o *Outgoing, r *route, config lahja.BroadcastConfig) error {
	origin := config.FilterEventID.Instance
	if config.Internal {
		if origin != c.instance {
			return &unrouted{kind: lahja.ErrInvalid, why: "the request came from another endpoint, which an internal answer never reaches"}
		}
		r.local = true
		r.addOwn(c.types[o.Type.Name])
		return nil
	}
	found := false
	for i, name := range config.FilterEndpoints {
		set, peer := c.subscriptionsLocked(name)
		interest, subscribed := set[o.Type.Name]
		instance := c.instance
		if peer != nil {
			instance = peer.instance
		}
		isOrigin := set != nil && instance == origin
		found = found || isOrigin
		interest.Everyone = interest.Everyone || isOrigin
		if (isOrigin || subscribed) && !slices.Contains(config.FilterEndpoints[:i], name) &&
			(peer == nil || r.fitsAnswer(o, peer, interest.Shape) || isOrigin) {
			r.add(peer, interest)
		}
	}
	if len(config.FilterEndpoints) == 0 {
		found = c.routeInstanceLocked(o, r, origin)
	}
	if !found {
		return &unrouted{kind: lahja.ErrRemoteDisconnected, peers: config.FilterEndpoints,
			why: "the request's origin is not connected any more", who: c.whoLocked(false),
			cause: c.gone.reason(func(e *end) bool { return e.instance == origin })}
	}
	r.sort()
	return nil
}

func (c *Core) routeInstanceLocked(o *Outgoing, r *route, instance uint64) bool {
	if instance == c.instance {
		r.local = true
		r.addOwn(c.types[o.Type.Name])
		return true
	}
	for _, peer := range c.remotes {
		if peer.instance == instance {
			interest := peer.subscriptions[o.Type.Name]
			interest.Everyone = true
			r.fitsAnswer(o, peer, interest.Shape)
			r.add(peer, interest)
			return true
		}
	}
	return false
}

// addOwn is add for the endpoint itself. entry is nil if it does not subscribe.
func (r *route) addOwn(entry *typeEntry) {
	if entry != nil {
		r.add(nil, entry.interest)
	}
}

// add makes a peer a receiver, or lets it be chosen if it subscribes only as a member of
// groups. peer is nil for the endpoint itself.
func (r *route) add(peer *Remote, interest lahja.Interest) {
	everyone := interest.Everyone || len(interest.Groups) == 0
	switch {
	case everyone && peer == nil:
		r.local = true
	case everyone:
		r.remotes = append(r.remotes, peer)
	}
	for _, name := range interest.Groups {
		r.addMember(name, member{peer, everyone})
	}
}

// subscriptionsLocked returns what the named endpoint subscribes to, nil if it is not
// connected. The Remote is nil for the endpoint itself.
func (c *Core) subscriptionsLocked(name string) (map[string]lahja.Interest, *Remote) {
	if name == c.Name() {
		return c.ownLocked(), nil
	}
	r := c.remotes[name]
	if r == nil {
		return nil, nil
	}
	if r.subscriptions == nil {
		r.subscriptions = map[string]lahja.Interest{}
	}
	return r.subscriptions, r
}

// fits reports whether an event can go to a peer whose version of its type has that shape,
// and records if not. A peer with another version is told ours, so that it can decode the
// event, or say why it receives none.
func (r *route) fits(o *Outgoing, peer *Remote, theirs uint64) bool {
	if payload.SameShape(theirs, o.Type.Shape) {
		return true
	}
	peer.tellLocked(o.Type)
	conflict := peer.types.Conflict(o.Type.Name, o.described.Payload, theirs)
	if conflict == "" {
		return true
	}
	r.mismatches.add(peer.name, conflict)
	return false
}

// fitsAnswer is like fits, for a peer that need not subscribe to the type: it told its
// version before it asked.
func (r *route) fitsAnswer(o *Outgoing, peer *Remote, subscribed uint64) bool {
	return r.fits(o, peer, cmp.Or(subscribed, peer.types.Shape(o.Type.Name)))
}
