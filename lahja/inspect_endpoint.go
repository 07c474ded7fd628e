package lahja

import "net"

// Inspect implements Inspector.
func (e *Endpoint) Inspect() Inspection {
	i := e.core.Inspect()
	i.Address = addressText(e.Addr())
	for n := range i.Peers {
		seen := &i.Peers[n]
		if p, ok := e.core.Link(seen.Name).(*peer); ok && instanceText(p.instance) == seen.Instance {
			p.inspect(seen)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	totals := e.past
	totals.Received.add(i.Totals.Received)
	for _, p := range e.peers {
		p.addTo(&totals)
	}
	for _, t := range e.taps {
		i.Taps = append(i.Taps, t.inspect())
	}
	i.Totals.Sent, i.Totals.Received = totals.Sent, totals.Received
	i.Totals.OverMemory = e.memory.ended.Load()
	i.Totals.DroppedForPeers, i.Totals.UnsentBytes = totals.DroppedForPeers, totals.UnsentBytes
	return i
}

func (p *peer) inspect(to *InspectedPeer) {
	to.Dialled, to.Received = p.dialled, p.received.now()
	to.Address = addressText(p.conn.RemoteAddr())
	q := p.out.State()
	to.Sent, to.Dropped = Traffic(q.Sent), q.Dropped
	to.Queue = InspectedQueue{Events: q.Events, Bytes: q.Bytes, Limit: q.Limit, Waiting: q.Waiting}
	for _, w := range q.Windows {
		to.Windows = append(to.Windows, InspectedWindow{Type: w.Event, UnderWay: w.InFlight, Window: w.Size, Waiting: w.Waiting})
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
func (p *peer) addTo(t *Totals) {
	sent, dropped := p.out.Totals()
	t.Received.add(p.received.now())
	t.Sent.add(Traffic(sent))
	t.DroppedForPeers += dropped
}
