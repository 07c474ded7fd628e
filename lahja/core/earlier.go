package core

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// Two endpoints that meet again tell each other how many events each has sent to this run of the
// other, over all connections that have ended. The side that has received fewer then knows exactly how
// many were lost with those connections, whatever lay in between: a broken network, or bridges that were killed.

// mostEarlier is how many runs of other endpoints are remembered, those whose connections ended last.
const mostEarlier = 1_000

// earlier counts the events of connections that have ended, by the instance of the other run. The zero
// value is ready for use.
type earlier struct {
	mu   ordered.Mutex[ordered.Leaf]
	runs map[uint64]*run
	ends uint64 // how often a connection has ended
}

// run is what is known of a run of another endpoint. Events that were reported as lost count as
// received.
type run struct {
	sent, received uint64
	ended          uint64 // earlier.ends at the last end of a connection
}

// ofLocked returns the run. A new one takes the place of the one whose connection ended first.
func (e *earlier) ofLocked(instance uint64) (r *run, isNew bool) {
	if r := e.runs[instance]; r != nil {
		return r, false
	}
	if e.runs == nil {
		e.runs = map[uint64]*run{}
	}
	if len(e.runs) >= mostEarlier {
		var oldest uint64
		for i, r := range e.runs {
			if o := e.runs[oldest]; o == nil || r.ended < o.ended {
				oldest = i
			}
		}
		delete(e.runs, oldest)
	}
	r = &run{}
	e.runs[instance] = r
	return r, true
}

// CountEarlier counts events of a connection that has ended, before another one to the same run begins.
func (c *Core) CountEarlier(instance, sent, received uint64) {
	e := &c.earlier
	e.mu.Lock()
	defer e.mu.Unlock()
	r, _ := e.ofLocked(instance)
	r.sent += sent
	r.received += received
	e.ends++
	r.ended = e.ends
}

// EarlierSent is how many events were sent to a run over connections that have ended. If it is not 0,
// tell the other side when it is connected again.
func (c *Core) EarlierSent(instance uint64) uint64 {
	e := &c.earlier
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.runs[instance]; r != nil {
		return r.sent
	}
	return 0
}

// EarlierTold takes in what the other side's EarlierSent is. It returns what did not arrive, nil for
// nothing. Of a run that is not remembered nothing is known.
func (c *Core) EarlierTold(peer string, instance, sent uint64) *lahja.Gap {
	e := &c.earlier
	e.mu.Lock()
	r, isNew := e.ofLocked(instance)
	received := r.received
	r.received = sent
	e.mu.Unlock()
	if isNew || sent <= received {
		return nil
	}
	return &lahja.Gap{Peer: peer, Lost: sent - received, Earlier: true}
}

// Lost reports what did not arrive.
func (c *Core) Lost(g *lahja.Gap) {
	c.counts.lost.Add(g.Lost)
	c.Warn("lahja: events lost", g.Peer, g)
	c.Observe(lahja.Observation{Kind: lahja.EventDropped, Peer: g.Peer, Event: g.Event, Err: g})
}
