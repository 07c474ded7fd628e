package p2p

import (
	"net"

	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// Inspect implements Inspector.
func (e *Endpoint) Inspect() inspect.Inspection {
	i := e.core.Inspect()
	i.Address = addressText(e.Addr())
	for n := range i.Peers {
		seen := &i.Peers[n]
		if p, ok := e.core.Link(seen.Name).(*peer); ok && core.InstanceText(p.instance) == seen.Instance {
			p.inspect(seen)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	totals := e.past
	totals.Received.Add(i.Totals.Received)
	for _, p := range e.peers {
		p.addTo(&totals)
	}
	for _, t := range e.taps {
		i.Taps = append(i.Taps, t.Inspect(addressText(t.Conn().RemoteAddr())))
	}
	i.Totals.Sent, i.Totals.Received = totals.Sent, totals.Received
	i.Totals.OverMemory = e.memory.ended.Load()
	i.Totals.DroppedForPeers, i.Totals.UnsentBytes = totals.DroppedForPeers, totals.UnsentBytes
	return i
}

func (p *peer) inspect(to *inspect.Peer) {
	to.Dialled, to.Received = p.dialled, p.received.Now()
	to.Address = addressText(p.conn.RemoteAddr())
	q := p.out.State()
	to.Sent, to.Dropped = inspect.Traffic(q.Sent), q.Dropped
	to.Queue = inspect.Queue{Events: q.Events, Bytes: q.Bytes, Limit: q.Limit, Waiting: q.Waiting}
	for _, w := range q.Windows {
		to.Windows = append(to.Windows, inspect.Window{Type: w.Event, UnderWay: w.InFlight, Window: w.Size, Waiting: w.Waiting})
	}
}

// addressText is empty if the address says nothing, like that of a Unix socket without a
// name.
func addressText(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	if text := addr.String(); text != "@" {
		return text
	}
	return ""
}

// countDrop counts one more event that is dropped instead of sent to the peer. If the peer
// has ended meanwhile, it was added to the totals already.
func (p *peer) countDrop() uint64 {
	e := p.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.peers[p.name] != p {
		e.past.DroppedForPeers++
	}
	return p.out.CountDrop()
}

// addTo adds the peer's counts to t.
func (p *peer) addTo(t *inspect.Totals) {
	sent, dropped := p.out.Totals()
	t.Received.Add(p.received.Now())
	t.Sent.Add(inspect.Traffic(sent))
	t.DroppedForPeers += dropped
}
