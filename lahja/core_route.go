package lahja

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// routeLocked finds who receives o, or says why nobody can.
func (c *Core) routeLocked(o *Outgoing, config BroadcastConfig) error {
	switch {
	case !config.FilterEventID.IsZero():
		return c.routeAnswerLocked(o, config)
	case config.Internal:
		o.Local = c.types[o.Type.Name] != nil
	case len(config.FilterEndpoints) > 0:
		if err := c.routeNamedLocked(o, config); err != nil {
			return err
		}
	default:
		c.routeAllLocked(o)
	}
	if o.Local || len(o.Remotes) > 0 || config.AllowNoSubscribers {
		return nil
	}
	if o.Mismatch != nil {
		return o.Mismatch
	}
	return o.fail(ErrNoSubscribers, "nobody subscribes to it; "+c.whoLocked(config.Internal))
}

// route is who receives an event of one type that is for all.
type route struct {
	local   bool
	remotes []*Remote
}

// routeAllLocked finds the subscribers anew only after anything has changed. Where
// some cannot receive the event it is worth no haste.
func (c *Core) routeAllLocked(o *Outgoing) {
	if known := c.routes[o.Type.Name]; known != nil {
		o.Local, o.Remotes = known.local, known.remotes
		return
	}
	o.Local = c.types[o.Type.Name] != nil
	for _, r := range c.remotes {
		if interest, ok := r.subscriptions[o.Type.Name]; ok {
			o.add(r, interest.Shape)
		}
	}
	if o.Mismatch != nil {
		return
	}
	if c.routes == nil {
		c.routes = map[string]*route{}
	}
	o.Remotes = slices.Clip(o.Remotes)
	c.routes[o.Type.Name] = &route{local: o.Local, remotes: o.Remotes}
}

// routeNamedLocked requires that each endpoint named is there and subscribes.
func (c *Core) routeNamedLocked(o *Outgoing, config BroadcastConfig) error {
	for _, name := range config.FilterEndpoints {
		set, r := c.subscriptionsLocked(name)
		interest, subscribed := set[o.Type.Name]
		switch {
		case subscribed && r == nil:
			o.Local = true
		case subscribed:
			o.addOnce(r, interest.Shape)
		case config.AllowNoSubscribers:
		case set == nil:
			return o.fail(ErrNoSubscribers, fmt.Sprintf("%s is not connected; %s", name, c.whoLocked(false)))
		default:
			return o.fail(ErrNoSubscribers, describePeer(name, set)+", not to this")
		}
	}
	return nil
}

// routeAnswerLocked sends an answer to the request's origin, and to whom else
// the filter names if it subscribes.
func (c *Core) routeAnswerLocked(o *Outgoing, config BroadcastConfig) error {
	origin := config.FilterEventID.Instance
	if config.Internal {
		if origin != c.instance {
			return o.fail(ErrInvalid, "the request came from another endpoint, which an internal answer never reaches")
		}
		o.Local = true
		return nil
	}
	found := false
	for _, name := range config.FilterEndpoints {
		set, r := c.subscriptionsLocked(name)
		_, subscribed := set[o.Type.Name]
		instance := c.instance
		if r != nil {
			instance = r.instance
		}
		isOrigin := set != nil && instance == origin
		found = found || isOrigin
		switch {
		case !isOrigin && !subscribed:
		case r == nil:
			o.Local = true
		default:
			o.addOnce(r, 0)
		}
	}
	if len(config.FilterEndpoints) == 0 {
		found = c.routeInstanceLocked(o, origin)
	}
	if !found {
		e := o.fail(ErrRemoteDisconnected, "the request's origin is not connected any more; "+c.whoLocked(false))
		e.Peer = strings.Join(config.FilterEndpoints, ", ")
		return e
	}
	return nil
}

func (c *Core) routeInstanceLocked(o *Outgoing, instance uint64) bool {
	if instance == c.instance {
		o.Local = true
		return true
	}
	for _, r := range c.remotes {
		if r.instance == instance {
			o.add(r, 0)
			return true
		}
	}
	return false
}

// addOnce is add for somebody who may be a receiver already.
func (o *Outgoing) addOnce(r *Remote, shape uint64) {
	if !slices.Contains(o.Remotes, r) {
		o.add(r, shape)
	}
}

// add makes r a receiver if its type of that name can be the same.
func (o *Outgoing) add(r *Remote, shape uint64) {
	if sameShape(shape, o.Type.Shape) {
		o.Remotes = append(o.Remotes, r)
		return
	}
	e := o.fail(ErrTypeMismatch, fmt.Sprintf("%s subscribes to another shape of it and did not get it; build both from one definition", r.name))
	e.Peer = r.name
	if o.Mismatch != nil {
		e.Err = o.Mismatch
	}
	o.Mismatch = e
}

// subscriptionsLocked is what the named endpoint subscribes to: nil when it is
// not connected. The Remote is nil for the endpoint itself.
func (c *Core) subscriptionsLocked(name string) (map[string]Interest, *Remote) {
	if name == c.cfg.Name {
		return c.ownLocked(), nil
	}
	r := c.remotes[name]
	if r == nil {
		return nil, nil
	}
	if r.subscriptions == nil {
		r.subscriptions = map[string]Interest{}
	}
	return r.subscriptions, r
}

func (c *Core) whoLocked(internal bool) string {
	peers := c.snapshotLocked().Peers
	if internal && len(peers) > 0 {
		peers = peers[:1]
	}
	return "connected: " + describeAll(peers)
}

// describeAll lists peers with what they subscribe to, for an error's reader.
func describeAll(peers []Peer) string {
	const most = 8 // enough to see what is wrong, and still one line
	var parts []string
	for i, p := range peers {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(peers)-most))
			break
		}
		parts = append(parts, describePeer(p.Name, p.Subscriptions))
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, "; ")
}

func describePeer(name string, set map[string]Interest) string {
	if len(set) == 0 {
		return name + " subscribes to nothing"
	}
	return name + " subscribes to " + strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
