package lahja

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Inspector is offered by endpoints that tell what goes on in them. See Inspect.
type Inspector interface {
	// Inspect returns what the endpoint is doing now. It takes the endpoint's locks
	// for as long as it copies, one after the other, so that parts of it may be of
	// slightly different moments.
	Inspect() Inspection
}

// Inspect tells what goes on in ep, and whether ep can tell (Inspector).
func Inspect(ep EndpointAPI) (Inspection, bool) {
	i, ok := ep.(Inspector)
	if !ok {
		return Inspection{}, false
	}
	return i.Inspect(), true
}

// Inspection is what goes on in an endpoint: plain data, which is as JSON what
// `lahja tap --once` prints. Of an endpoint that was closed there are the totals,
// without what its last peers and subscriptions would add.
type Inspection struct {
	Name string `json:"name"`
	// Instance is the random number of the endpoint's run, as event ids begin with it.
	Instance string `json:"instance"`
	// Since is when the endpoint began to run, At when this was noted.
	Since time.Time `json:"since"`
	At    time.Time `json:"at"`
	// Address is where it listens, empty where it does not.
	Address string `json:"address,omitempty"`
	// Peers are those that are connected, by name; without the endpoint itself.
	Peers []InspectedPeer `json:"peers"`
	// Subscriptions are the endpoint's own that are open, by type.
	Subscriptions []InspectedSubscription `json:"subscriptions"`
	// Local is what is under way to the endpoint itself, by type.
	Local []InspectedLane `json:"local"`
	// Pending is how many requests wait for an answer.
	Pending int `json:"pending"`
	// Taps are those who look on.
	Taps   []InspectedTap `json:"taps"`
	Totals Totals         `json:"totals"`
}

// InspectedPeer is a connected endpoint.
type InspectedPeer struct {
	Name     string `json:"name"`
	Instance string `json:"instance"`
	// Address is the other end of the connection, empty where the transport names none.
	Address string `json:"address,omitempty"`
	// Since is when the connection became ready.
	Since time.Time `json:"since"`
	// Dialled says that the connection was made from here.
	Dialled bool `json:"dialled"`
	// Subscriptions are the peer's, by type.
	Subscriptions []InspectedInterest `json:"subscriptions"`
	// Differing are the event types of which the peer has another version than this process,
	// as far as it told: those to which it subscribes, and others that were to pass.
	Differing []InspectedDifference `json:"differing"`
	// Queue waits to be written to the peer. Where peers share a queue, as on a
	// broker, each has all of it.
	Queue InspectedQueue `json:"queue"`
	// Lanes are what is under way to the peer, by type: nothing where nobody counts.
	Lanes []InspectedLane `json:"lanes"`
	// Sent events were queued for the peer and not dropped again: Bytes is all of
	// them, encoded and possibly compressed, and waits in part (Queue).
	Sent Traffic `json:"sent"`
	// Received events came from the peer; Bytes is their encoded data.
	Received Traffic `json:"received"`
	// Dropped events found no room (Options.SlowPeer), or the peer was chosen for a queue
	// group and went away before they were queued.
	Dropped uint64 `json:"dropped"`
}

// InspectedInterest is Interest with the type's name.
type InspectedInterest struct {
	Type string `json:"type"`
	// Shape is EventType.Shape there, in hexadecimal.
	Shape    string   `json:"shape"`
	Window   int      `json:"window"`
	Groups   []string `json:"groups,omitempty"`
	Everyone bool     `json:"everyone"`
}

// InspectedDifference is an event type of which a peer has another version.
type InspectedDifference struct {
	Type string `json:"type"`
	// Mismatch says that the versions do not fit, so that no event of the type passes. Versions
	// that only have other fields do fit.
	Mismatch bool `json:"mismatch"`
	// Fields says what differs, one difference a line, for people. There are a few at most.
	Fields []string `json:"fields"`
}

// InspectedQueue is what waits to be sent.
type InspectedQueue struct {
	// Events wait, or are being written just now.
	Events int `json:"events"`
	// Bytes of them are not written yet and count against Limit. Answers do not.
	Bytes int `json:"bytes"`
	Limit int `json:"limit"`
	// Waiting broadcasts wait for room.
	Waiting int `json:"waiting"`
}

// InspectedLane is what is under way of one event type: sent, and not taken yet by
// every subscription that counts.
type InspectedLane struct {
	Type string `json:"type"`
	// UnderWay and Window are in bytes, counted as SubscribeConfig.QueueBytes. A window
	// of 0 is no limit.
	UnderWay int `json:"under_way"`
	Window   int `json:"window"`
	// Waiting broadcasts wait for room in the window.
	Waiting int `json:"waiting"`
}

// InspectedSubscription is one subscription of the endpoint's own.
type InspectedSubscription struct {
	Type  string `json:"type"`
	Group string `json:"group,omitempty"`
	// Handler tells a subscription with a handler from one whose events are taken with
	// Next, as those of streams.
	Handler bool `json:"handler"`
	// WhenFull is the policy's String.
	WhenFull string `json:"when_full"`
	// Queued, QueuedBytes, Taken and Dropped are SubscriptionStats'; Limit is
	// SubscribeConfig.QueueBytes.
	Queued      int    `json:"queued"`
	QueuedBytes int    `json:"queued_bytes"`
	Limit       int    `json:"limit"`
	Taken       uint64 `json:"taken"`
	Dropped     uint64 `json:"dropped"`
}

// InspectedTap is a connection that looks on (`lahja tap`).
type InspectedTap struct {
	Address string `json:"address,omitempty"`
	// Events says that it wants those that pass, and Types the patterns of the types
	// that it wants, none for all.
	Events bool     `json:"events"`
	Types  []string `json:"types,omitempty"`
	// Queue waits to be written to it. Shown events were queued, Lost ones found no
	// room there.
	Queue InspectedQueue `json:"queue"`
	Shown uint64         `json:"shown"`
	Lost  uint64         `json:"lost"`
}

// Totals count from the beginning of the endpoint's run, with peers and
// subscriptions that are there no more.
type Totals struct {
	// Broadcast is how many events passed the checks of a broadcast or a request, and
	// Local how many of them, and of answers, were delivered to the endpoint itself.
	Broadcast uint64 `json:"broadcast"`
	Local     uint64 `json:"local"`
	// Sent and Received are those of all peers.
	Sent     Traffic `json:"sent"`
	Received Traffic `json:"received"`
	// Taken events went to a handler or to who called Next, for each subscription.
	Taken uint64 `json:"taken"`
	// DroppedForPeers is InspectedPeer.Dropped of all peers, and Dropped events found no
	// room in the queue of a subscription (SubscribeConfig.WhenFull).
	DroppedForPeers uint64 `json:"dropped_for_peers"`
	Dropped         uint64 `json:"dropped"`
	// UnsentBytes of events were queued for peers whose connections then ended.
	UnsentBytes uint64 `json:"unsent_bytes"`
	// Unclaimed events arrived and nobody took them: there was no subscription, for an
	// answer no request that waited for it, or for a queue group no member. Those
	// count too that were in the queue of a member when that was closed.
	Unclaimed uint64 `json:"unclaimed"`
	// Unfit events did not fit their type here, and were dropped.
	Unfit uint64 `json:"unfit"`
	// OverMemory is how many connections were ended as they held the most of too much
	// (Options.MaxMemory).
	OverMemory uint64 `json:"over_memory"`
	// Forged answers came from endpoints that were not asked, and were dropped.
	Forged uint64 `json:"forged"`
	// HandlerErrors is how often a handler failed (HandlerError).
	HandlerErrors uint64 `json:"handler_errors"`
}

// Inspect is Inspector.Inspect as far as the core knows: without addresses and
// queues, and of Totals without what is counted where events are sent.
func (c *Core) Inspect() Inspection {
	i := Inspection{Name: c.cfg.Name, Instance: instanceText(c.instance), At: time.Now(), Peers: []InspectedPeer{},
		Subscriptions: []InspectedSubscription{}, Local: []InspectedLane{}, Taps: []InspectedTap{}}
	c.mu.Lock()
	i.Since, i.Pending = c.since, len(c.pending)
	var theirs []map[string]Interest // never changed, so they can be looked at later
	var versions []*PeerTypes
	for _, r := range c.remotes {
		i.Peers = append(i.Peers, InspectedPeer{Name: r.name, Instance: instanceText(r.instance), Since: r.since, Lanes: []InspectedLane{}, Differing: []InspectedDifference{}})
		theirs, versions = append(theirs, r.subscriptions), append(versions, r.types)
	}
	for _, f := range c.local {
		i.Local = append(i.Local, InspectedLane{Type: f.window.Event(), UnderWay: f.window.InFlight(), Window: f.window.Size(), Waiting: f.window.Waiting()})
	}
	var subscriptions []*subscription
	for _, entry := range c.types {
		subscriptions = append(append(subscriptions, entry.pulled...), entry.handled...)
	}
	i.Totals.Taken, i.Totals.Dropped = c.counts.taken, c.counts.dropped
	for s := range c.leaving {
		subscriptions = append(subscriptions, s)
	}
	closed := len(c.leaving)
	c.mu.Unlock()

	own := names.all()
	for n, set := range theirs {
		i.Peers[n].Subscriptions = inspectInterests(set)
		for _, d := range versions[n].Differences(own) {
			i.Peers[n].Differing = append(i.Peers[n].Differing, InspectedDifference(d))
		}
	}
	for n, s := range subscriptions {
		seen := s.inspect()
		i.Totals.Taken += seen.Taken
		i.Totals.Dropped += seen.Dropped
		if n < len(subscriptions)-closed {
			i.Subscriptions = append(i.Subscriptions, seen)
		}
	}
	c.inspectTotals(&i.Totals)
	slices.SortFunc(i.Peers, func(a, b InspectedPeer) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(i.Local, func(a, b InspectedLane) int { return cmp.Compare(a.Type, b.Type) })
	slices.SortStableFunc(i.Subscriptions, func(a, b InspectedSubscription) int { return cmp.Compare(a.Type, b.Type) })
	return i
}

func (c *Core) inspectTotals(t *Totals) {
	t.Broadcast, t.Local = c.sequence.Load(), c.toSelf.Load()
	t.Received = c.counts.received.now()
	t.Unclaimed, t.Unfit, t.HandlerErrors = c.counts.unclaimed.Load(), c.counts.unfit.Load(), c.counts.failures.Load()
	t.Forged = c.counts.forged.Load()
}

func (s *subscription) inspect() InspectedSubscription {
	stats := s.Stats()
	return InspectedSubscription{Type: s.eventType.Name, Group: s.config.Group, Handler: s.handler != nil, WhenFull: s.config.WhenFull.String(),
		Queued: stats.Queued, QueuedBytes: stats.QueuedBytes, Limit: s.config.QueueBytes, Taken: stats.Taken, Dropped: stats.Dropped}
}

func inspectInterests(set map[string]Interest) []InspectedInterest {
	all := make([]InspectedInterest, 0, len(set))
	for _, name := range slices.Sorted(maps.Keys(set)) {
		i := set[name]
		all = append(all, InspectedInterest{Type: name, Shape: instanceText(i.Shape), Window: i.Window, Groups: i.Groups, Everyone: i.Everyone})
	}
	return all
}

// instanceText is a number as event ids begin with it. In JSON, numbers of that size
// are not read exactly by everybody.
func instanceText(n uint64) string { return fmt.Sprintf("%016x", n) }
