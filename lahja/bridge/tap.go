package bridge

import (
	"maps"
	"net"
	"slices"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/internal/tap"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Whoever connects to the socket of an imported endpoint may tap it (`lahja tap`): it sees that
// endpoint's pairs, and the events that pass between it and the sockets.

// look serves a tap of an imported endpoint, until the connection ends. It returns why the connection
// may not stay.
func (b *Bridge) look(remote string, conn net.Conn, frames *wire.Reader, body []byte) error {
	m, err := wire.ParseTap(body)
	if err != nil {
		return refused(wire.RefuseProtocol, "%v", err)
	}
	t := tap.New(conn, frames, m)
	if err := b.claimTap(remote, t, m); err != nil {
		return err
	}
	_ = t.Serve(func() inspect.Inspection { return b.inspectRemote(remote) }, func() { b.forgetTap(remote, t) }) // It has left.
	return nil
}

// claimTap admits the tap, or returns why not.
func (b *Bridge) claimTap(remote string, t *tap.Tap, m wire.TapMsg) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case m.Version != wire.Version:
		return refused(wire.RefuseProtocol, "protocol version %d, not %d", m.Version, wire.Version)
	case b.opts.NoTap:
		return refused(wire.RefuseTap, "the bridge allows no taps (Options.NoTap)")
	case b.closed:
		return errClosed
	case len(b.taps[remote]) >= p2p.MaxTaps:
		return refused(wire.RefuseLimit, "%s has %d taps through the bridge, which is the limit; end one of them", remote, p2p.MaxTaps)
	}
	b.setTapsLocked(remote, append(slices.Clip(b.taps[remote]), t))
	return nil
}

func (b *Bridge) forgetTap(remote string, t *tap.Tap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setTapsLocked(remote, slices.DeleteFunc(slices.Clone(b.taps[remote]), func(other *tap.Tap) bool { return other == t }))
}

// setTapsLocked sets the taps of an endpoint. While there are none that want events, an event costs
// only the load of a pointer.
func (b *Bridge) setTapsLocked(remote string, all []*tap.Tap) {
	if b.taps[remote] = all; len(all) == 0 {
		delete(b.taps, remote)
	}
	shown := map[string]tap.Set{}
	for name, all := range b.taps {
		if set := tap.OfEvents(all); set != nil {
			shown[name] = set
		}
	}
	if len(shown) == 0 {
		b.shown.Store(nil)
		return
	}
	b.shown.Store(&shown)
}

// show shows an event that passes to the taps of the remote, as the body of its frame.
func (p *pair) show(passage wire.Passage, event string, body []byte) {
	shown := p.bridge.shown.Load()
	if shown == nil {
		return
	}
	some := (*shown)[p.remote].Wanting(event)
	if some == nil {
		return
	}
	m := wire.TappedMsg{Passage: passage, Instance: p.local.instance, Peers: []string{p.local.name}, Event: body}
	if passage == wire.Sent {
		m.Instance = p.remotePeer().Instance()
	}
	some.Show(m)
}

// allTapsLocked returns the taps of all endpoints.
func (b *Bridge) allTapsLocked() []*tap.Tap {
	return slices.Concat(slices.Collect(maps.Values(b.taps))...)
}

// sealTaps ends taps, when what waits for them has been written.
func sealTaps(taps []*tap.Tap) {
	for _, t := range taps {
		t.Seal()
		time.AfterFunc(parting, t.Close)
	}
}
