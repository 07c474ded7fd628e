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
//	handled                 events, failed, seconds, by_type, by_peer
//
// An event to three peers counts as sent three times. An event that an endpoint broadcasts
// to itself counts only as handled. A second call with the same name continues the same
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
	sent, received, dropped, handled              flow
	failed                                        expvar.Int
	seconds                                       expvar.Float
}

func newCounters() *counters {
	c := &counters{}
	c.all.Init()
	c.all.Set("connections", &c.connections)
	c.all.Set("connected", &c.connected)
	c.all.Set("disconnected", &c.disconnected)
	c.all.Set("refused", &c.refused)
	for name, f := range map[string]*flow{"sent": &c.sent, "received": &c.received, "dropped": &c.dropped, "handled": &c.handled} {
		f.init()
		c.all.Set(name, &f.all)
		if f != &c.handled {
			f.all.Set("bytes", &f.bytes)
		}
	}
	c.handled.all.Set("failed", &c.failed)
	c.handled.all.Set("seconds", &c.seconds)
	return c
}

func (c *counters) observe(o lahja.Observation) {
	switch o.Kind {
	case lahja.EventSent:
		c.sent.add(o)
	case lahja.EventReceived:
		c.received.add(o)
	case lahja.EventDropped:
		c.dropped.add(o)
	case lahja.EventHandled:
		c.handled.add(o)
		c.seconds.Add(o.Took.Seconds())
		if o.Err != nil {
			c.failed.Add(1)
		}
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

func (f *flow) init() {
	f.all.Init()
	f.all.Set("events", &f.events)
	f.all.Set("by_type", f.byType.counts.Init())
	f.all.Set("by_peer", f.byPeer.counts.Init())
}

func (f *flow) add(o lahja.Observation) {
	f.bytes.Add(int64(o.Size))
	if o.Event == "" {
		return
	}
	f.events.Add(1)
	f.byType.add(o.Event)
	f.byPeer.add(o.Peer)
}

// bounded counts by key, with a limit on the number of keys.
type bounded struct {
	counts expvar.Map
	keys   atomic.Int64
}

func (b *bounded) add(key string) {
	if b.counts.Get(key) == nil && b.keys.Add(1) > MaxKeys {
		key = otherKey
	}
	b.counts.Add(key, 1)
}
