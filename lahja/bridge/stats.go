package bridge

import (
	"log/slog"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja"
)

// Stats are what a bridge has counted.
type Stats struct {
	// Endpoints are the endpoints on sockets that are on the server now, and Pairs the
	// connections that pass through the bridge, those that are not ready yet too.
	Endpoints, Pairs int
	// ToServer and ToSockets are what has passed in each direction, without events that were
	// dropped.
	ToServer, ToSockets Traffic
	// Lost are the events that were dropped, because an endpoint on a socket did not keep up, or
	// because they were larger than the server takes.
	Lost uint64
	// Missed are the messages that the server did not deliver to the bridge, for example
	// because it was restarted. Some may not have been events.
	Missed uint64
}

// Traffic counts events, and the bytes of their frames.
type Traffic struct {
	Events uint64 `json:"events"`
	Bytes  uint64 `json:"bytes"`
}

// counts are what Stats shows.
type counts struct {
	toServer, toSockets traffic
	lost, missed        atomic.Uint64
}

type traffic struct{ events, bytes atomic.Uint64 }

func (t *traffic) add(bytes int) {
	t.events.Add(1)
	t.bytes.Add(uint64(bytes))
}

func (t *traffic) get() Traffic { return Traffic{Events: t.events.Load(), Bytes: t.bytes.Load()} }

// Stats returns what was counted so far.
func (b *Bridge) Stats() Stats {
	s := Stats{ToServer: b.counts.toServer.get(), ToSockets: b.counts.toSockets.get(), Lost: b.counts.lost.Load(), Missed: b.counts.missed.Load()}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.locals {
		s.Endpoints++
		s.Pairs += l.count()
	}
	return s
}

// noteGaps returns natsbus.Options.OnGap, which counts what is missing. natsbus logs it.
func (b *Bridge) noteGaps(further func(lahja.Gap)) func(lahja.Gap) {
	return func(g lahja.Gap) {
		b.counts.missed.Add(g.Lost)
		if further != nil {
			further(g)
		}
	}
}

// lose counts events that are not written to a socket.
func (b *Bridge) lose(n uint64, p *pair, why string) {
	if n == 0 {
		return
	}
	total := b.counts.lost.Add(n)
	b.opts.Logger.Warn("lahja bridge: events were dropped, because "+why, slog.String("endpoint", p.local.name), slog.String("peer", p.remote),
		slog.Uint64("events", n), slog.Uint64("lost", total))
}
