package observe

import (
	"expvar"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
)

// MaxKeys is how many event types, and how many peers, Expvar counts separately. Peers can
// invent type names without end, so it counts all further ones together as "(other)".
const MaxKeys = 1000

const otherKey = "(other)"

// Expvar returns an observer that publishes counters as a variable of package expvar:
//
//	connections             peers that are connected now
//	connected, disconnected, refused
//	sent, received          events, bytes, by_type, by_peer
//	dropped                 the same; without a type, bytes that were never written
//	handled, requests       events, failed, seconds, by_type, by_peer
//	taken                   events, by_type, by_peer: what streams and waits took
//	broadcasts_failed       the same: what failed at its sender
//
// An event to three peers counts as sent three times. An event that an endpoint broadcasts
// to itself counts as handled or taken, but not as sent or received. A request to several
// peers counts for none of them. A second call with the same name continues the same
// counters. Expvar panics if something else is published under the name.
func Expvar(name string) lahja.Observer {
	publishing.Lock()
	defer publishing.Unlock()
	c := published[name]
	if c == nil {
		if expvar.Get(name) != nil {
			panic(fmt.Sprintf("observe: %q is published by package expvar already; give Expvar another name", name))
		}
		c = newCounters()
		published[name] = c
		expvar.Publish(name, &c.all)
	}
	return c.observe
}

var (
	publishing sync.Mutex
	published  = map[string]*counters{}
)

// counters is one published variable.
type counters struct {
	all                                           expvar.Map
	connections, connected, disconnected, refused expvar.Int
	sent, received, dropped                       flow
	taken, unsendable                             flow
	handled, requests                             calls
}

func newCounters() *counters {
	c := &counters{}
	c.all.Init()
	c.all.Set("connections", &c.connections)
	c.all.Set("connected", &c.connected)
	c.all.Set("disconnected", &c.disconnected)
	c.all.Set("refused", &c.refused)
	for name, f := range map[string]*flow{"sent": &c.sent, "received": &c.received, "dropped": &c.dropped} {
		c.all.Set(name, f.init())
		f.all.Set("bytes", &f.bytes)
	}
	c.all.Set("taken", c.taken.init())
	c.all.Set("broadcasts_failed", c.unsendable.init())
	c.all.Set("handled", c.handled.init())
	c.all.Set("requests", c.requests.init())
	return c
}

func (c *counters) observe(o lahja.Observation) {
	switch o.Kind {
	case lahja.EventSent:
		c.sent.addOfPeer(o)
	case lahja.EventReceived:
		c.received.addOfPeer(o)
	case lahja.EventDropped:
		c.dropped.add(o)
	case lahja.EventTaken:
		c.taken.add(o)
	case lahja.BroadcastFailed:
		c.unsendable.add(o)
	case lahja.EventHandled:
		c.handled.add(o)
	case lahja.RequestEnded:
		c.requests.add(o)
	case lahja.Connected:
		c.connections.Add(1)
		c.connected.Add(1)
	case lahja.Disconnected:
		c.connections.Add(-1)
		c.disconnected.Add(1)
	case lahja.Refused:
		c.refused.Add(1)
	}
}

// flow counts what goes one way.
type flow struct {
	all            expvar.Map
	events, bytes  expvar.Int
	byType, byPeer bounded
}

func (f *flow) init() *expvar.Map {
	f.all.Init()
	f.all.Set("events", &f.events)
	f.all.Set("by_type", f.byType.counts.Init())
	f.all.Set("by_peer", f.byPeer.counts.Init())
	return &f.all
}

// addOfPeer adds an event unless the endpoint broadcast it to itself.
func (f *flow) addOfPeer(o lahja.Observation) {
	for o := range o.Each() {
		if o.Peer != o.Endpoint {
			f.add(o)
		}
	}
}

func (f *flow) add(o lahja.Observation) {
	f.bytes.Add(int64(o.Size))
	if o.Event == "" {
		return
	}
	f.events.Add(int64(o.Events()))
	f.byType.add(o.Event, o.Events())
	if o.Peer != "" {
		f.byPeer.add(o.Peer, o.Events())
	}
}

// calls counts what takes time and may fail.
type calls struct {
	flow
	failed  expvar.Int
	seconds expvar.Float
}

func (c *calls) init() *expvar.Map {
	c.flow.init()
	c.all.Set("failed", &c.failed)
	c.all.Set("seconds", &c.seconds)
	return &c.all
}

func (c *calls) add(o lahja.Observation) {
	c.flow.add(o)
	c.seconds.Add(o.Took.Seconds())
	if o.Err != nil {
		c.failed.Add(1)
	}
}

// bounded counts by key, with a limit on the number of keys.
type bounded struct {
	counts expvar.Map
	keys   atomic.Int64
}

func (b *bounded) add(key string, events int) {
	if b.counts.Get(key) == nil && b.keys.Add(1) > MaxKeys {
		key = otherKey
	}
	b.counts.Add(key, int64(events))
}
