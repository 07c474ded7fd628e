package invariants

import (
	"slices"

	"github.com/lahja/go-lahja/tools/recording"
)

// lostOnTheWay finds an event that was sent to the endpoint of a driver, and that did not arrive
// although a later one did.
func (h *history) lostOnTheWay() Result {
	for _, r := range inOrder(h.sent) {
		sent := h.sent[r]
		from, known := h.own[r.instance]
		if !known || r.to == from.name || !h.opened[r.to] {
			continue
		}
		received := h.received[r]
		came := slices.Concat(received, h.dropped[r])
		byFirst(came)
		var missing []span
		for _, s := range sent {
			if isRequest(s.first) {
				continue
			}
			for _, p := range parts(s, came) {
				if p.entry == none {
					missing = append(missing, span{p.first, p.last, s.entry})
					continue
				}
				if h.Entries[p.entry].Kind != recording.Received {
					continue
				}
				var result Result
				missing = slices.DeleteFunc(missing, func(m span) bool {
					if result.Verdict == Broken || h.until(m.last, m.entry) >= p.first {
						return false
					}
					if !h.explained(from, r.to, m, p) {
						result = h.lost(r, from, m, s, p)
					}
					return true
				})
				if result.Verdict == Broken {
					return result
				}
			}
		}
	}
	return Result{}
}

// explained reports whether a connection was cut between the sending of one event and the arrival of
// a later one.
func (h *history) explained(from endpoint, to string, missing, came span) bool {
	since := h.Entries[missing.entry].At
	arrival := &h.Entries[came.entry] // Nothing that arrived before a cut and after it is in one entry.
	receiver, until := h.at(arrival), arrival.At
	return h.wasCut(from, to, since, until) || h.wasCut(receiver, from.name, since, until)
}

func (h *history) lost(r route, from endpoint, missing, sent, came span) Result {
	return broken(h.shown(missing.entry, sent.entry, came.entry), "%s sent %s to %s, where it did not arrive, but %s after it",
		h.driver(from.driver), name(r.event, missing.first), r.to, name(r.event, came.first))
}
