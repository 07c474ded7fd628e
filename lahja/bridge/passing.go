package bridge

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// passing takes in what arrives on the server for a local.
type passing struct{ *local }

// of is the pair of a peer; nil for none.
func (l passing) of(r *natsbus.ProxyPeer) *pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, _ := r.Owner.(*pair)
	return p
}

// takes gives a peer to the pair that waits for it, and returns that; nil if none does.
func (l passing) takes(r *natsbus.ProxyPeer) *pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, ok := r.Owner.(*pair); ok {
		return p
	}
	p := l.pairs[r.Name()]
	if p == nil || !p.meets(r) {
		return nil
	}
	r.Owner = p
	return p
}

// Accepted implements natsbus.ProxyEvents. A peer that fell silent looks for the endpoint itself,
// and not for its name: then it has not been introduced to the socket.
func (l passing) Accepted(r *natsbus.ProxyPeer) {
	if p := l.takes(r); p != nil {
		p.met()
		return
	}
	hello := r.Hello()
	r.Forget()
	switch {
	case l.pairWith(r.Name()) != nil: // It ends, and the peer says hello again.
	case l.bridge.exported(l.name):
		heard{l.bridge}.Hello(hello)
	default:
		l.bridge.listener.Refuse(hello, false, l.name+" is not connected to "+r.Name()+" any more, and nobody can connect to it")
	}
}

// Welcomed implements natsbus.ProxyEvents.
func (l passing) Welcomed(r *natsbus.ProxyPeer) {
	if p := l.takes(r); p != nil {
		p.met()
		return
	}
	r.Forget()
}

// Ready implements natsbus.ProxyEvents.
func (l passing) Ready(r *natsbus.ProxyPeer) { l.tell(r, (*pair).readied) }

// Changed implements natsbus.ProxyEvents.
func (l passing) Changed(r *natsbus.ProxyPeer) { l.tell(r, (*pair).showInterests) }

// Acknowledged implements natsbus.ProxyEvents.
func (l passing) Acknowledged(r *natsbus.ProxyPeer, number uint64) {
	l.tell(r, func(p *pair) { p.acknowledged(number) })
}

// Described implements natsbus.ProxyEvents.
func (l passing) Described(r *natsbus.ProxyPeer, event string, layout []byte) {
	l.tell(r, func(p *pair) { p.control(wire.DescribedMsg{Type: event, Layout: layout}.Append(nil)) })
}

// Event implements natsbus.ProxyEvents.
func (l passing) Event(r *natsbus.ProxyPeer, event wire.EventMsg, frame []byte) {
	if p := l.of(r); p != nil {
		p.toSocket(event, frame)
	}
}

// Sync implements natsbus.ProxyEvents.
func (l passing) Sync(r *natsbus.ProxyPeer, answer func()) {
	l.tell(r, func(p *pair) { p.syncSocket(answer) })
}

// Earlier implements natsbus.ProxyEvents.
func (l passing) Earlier(r *natsbus.ProxyPeer, sent uint64) {
	l.tell(r, func(p *pair) { p.control(wire.NumberMsg{Number: sent}.Append(nil, wire.Earlier)) })
}

// Leaving implements natsbus.ProxyEvents. Whether or not the peer waits for it, the local answers,
// and the connection ends then.
func (l passing) Leaving(r *natsbus.ProxyPeer, final bool) {
	l.tell(r, func(p *pair) { p.leaving(final) })
}

// Ended implements natsbus.ProxyEvents.
func (l passing) Ended(r *natsbus.ProxyPeer, reason error) {
	l.tell(r, func(p *pair) { p.serverIsOver(reason) })
}

func (l passing) tell(r *natsbus.ProxyPeer, what func(*pair)) {
	if p := l.of(r); p != nil {
		what(p)
	}
}
