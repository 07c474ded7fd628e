package saboteurs

import (
	"slices"
	"sync"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
)

// namesakes gives a dialler whose name is taken another name.
type namesakes struct {
	mu    sync.Mutex
	taken map[place]bool
}

// place is a name in use at an address.
type place struct{ address, name string }

func newNamesakes() *namesakes { return &namesakes{taken: map[place]bool{}} }

func (n *namesakes) filter(p passing) filter {
	if !p.dialled {
		return filter{}
	}
	var mine place
	rename := func(f frame) []frame {
		m, err := wire.ParseHello(f.body)
		if f.kind != wire.Hello || err != nil {
			return []frame{f}
		}
		m.Name = n.take(&mine, p.address, m.Name)
		return []frame{frameOf(m.Append(nil))}
	}
	return filter{out: rename, closed: func() { n.give(&mine) }}
}

// take finds a free name for a dialler, and takes it.
func (n *namesakes) take(mine *place, address, name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.taken[place{address, name}] {
		name += "2"
	}
	*mine = place{address, name}
	n.taken[*mine] = true
	return name
}

func (n *namesakes) give(mine *place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.taken, *mine)
}

// readyEarly tells a dialler that the other side lists it, before the other side knows enough
// to do so.
func readyEarly(p passing) filter {
	if !p.dialled {
		return filter{}
	}
	heard := map[wire.Kind]bool{}
	in := func(f frame) []frame {
		if f.kind == wire.Ready {
			return nil // It was told.
		}
		before := heard[wire.Subscriptions] && heard[wire.SubscriptionsAck]
		heard[f.kind] = true
		if !before && heard[wire.Subscriptions] && heard[wire.SubscriptionsAck] {
			return []frame{f, {kind: wire.Ready}}
		}
		return []frame{f}
	}
	return filter{out: acknowledgeLate(p), in: in}
}

// acknowledgeLate delays the first acknowledgement of subscriptions, and with it all that
// follows.
func acknowledgeLate(p passing) func(frame) []frame {
	var held []frame
	holding, released := false, false
	all := func() []frame {
		released = true
		return held
	}
	return func(f frame) []frame {
		if f.kind == wire.SubscriptionsAck && !holding {
			holding = true
			time.AfterFunc(late, func() { _ = p.inject(all) }) // The connection may have ended.
		}
		if !holding || released {
			return []frame{f}
		}
		held = append(held, frame{f.kind, slices.Clone(f.body)})
		return nil
	}
}

// grudge closes all connections at an address when one is refused there.
type grudge struct {
	mu     sync.Mutex
	guests map[string]map[*passing]bool // by address
}

func newGrudge() *grudge { return &grudge{guests: map[string]map[*passing]bool{}} }

func (g *grudge) filter(p passing) filter {
	if p.dialled {
		return filter{}
	}
	welcome := newShared(false)
	out := func(f frame) []frame {
		if f.kind == wire.Ready {
			welcome.set(true)
			g.note(&p)
		}
		return []frame{f}
	}
	return filter{out: out, closed: func() {
		if !welcome.get() {
			g.vent(p.address)
		}
	}}
}

func (g *grudge) note(p *passing) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.guests[p.address] == nil {
		g.guests[p.address] = map[*passing]bool{}
	}
	g.guests[p.address][p] = true
}

func (g *grudge) vent(address string) {
	g.mu.Lock()
	guests := g.guests[address]
	delete(g.guests, address)
	g.mu.Unlock()
	for p := range guests {
		_ = p.hangUp() // It may have ended already.
	}
}
