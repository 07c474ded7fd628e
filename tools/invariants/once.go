package invariants

import (
	"fmt"
	"slices"
	"sort"

	"github.com/lahja/go-lahja/tools/recording"
)

// ExactlyOnce is the invariant that each live subscription gets each event that was sent to its
// endpoint once, and one member of each queue group does.
//
// A lost connection, an event that was reported as dropped, and a subscription or an endpoint that
// ended explain why one is missing. What was still under way when these ended is not checked: an
// event is missing only if a later one of the same sender and type arrived in its place.
func ExactlyOnce() Invariant {
	return ofBus("exactly once to each live subscription", checkOnce)
}

func checkOnce(h *history) Result {
	lacks := Incomplete(h.Run)
	checks := []func() Result{h.twice, h.twiceInGroups}
	if lacks == "" {
		checks = append(checks, h.skipped, h.lostOnTheWay)
	}
	for _, check := range checks {
		if r := check(); r.Verdict == Broken {
			return r
		}
	}
	if lacks == "" {
		lacks = h.foreign()
	}
	if lacks != "" {
		return undecided("%s", lacks)
	}
	return Result{Verdict: Held}
}

// foreign names an endpoint that no driver opens and that took part.
func (h *history) foreign() string {
	for i := range h.Entries {
		e := &h.Entries[i]
		_, known := h.own[e.ID.Instance]
		switch {
		case e.Kind == recording.Sent && !h.opened[e.Peer]:
			return fmt.Sprintf("%s sent events to %s, and what that did was not recorded", h.driver(e.Driver), e.Peer)
		case e.Kind == recording.Received && !known:
			return fmt.Sprintf("%s received events from %s, and what that did was not recorded", h.driver(e.Driver), e.Peer)
		}
	}
	return ""
}

// twice finds an event that a subscription got twice.
func (h *history) twice() Result {
	for _, l := range h.lives {
		for _, instance := range inOrder(l.done) {
			if one, again, twice := overlap(l.done[instance]); twice {
				e := &h.Entries[again.entry]
				return broken(h.shown(one.entry, again.entry), "%s %s %s of %s twice, in one subscription",
					h.driver(l.at.driver), verb(e), name(l.event, again.first), e.Peer)
			}
		}
	}
	return Result{}
}

// twiceInGroups finds an event that two members of a queue group got.
func (h *history) twiceInGroups() Result {
	type member struct {
		event, group string
		instance     uint64
	}
	all := map[member][]span{}
	for _, l := range h.lives {
		for instance, done := range l.done {
			if l.group != "" {
				m := member{l.event, l.group, instance}
				all[m] = append(all[m], done...)
			}
		}
	}
	for _, m := range inOrder(all) {
		if one, again, twice := overlap(all[m]); twice {
			e := &h.Entries[again.entry]
			return broken(h.shown(one.entry, again.entry), "two members of the queue group %q got %s of %s: %s and %s", m.group,
				name(m.event, again.first), e.Peer, h.driver(h.Entries[one.entry].Driver), h.driver(e.Driver))
		}
	}
	return Result{}
}

// overlap finds two spans that have an event in common. The second one begins with one.
func overlap(spans []span) (one, again span, found bool) {
	sorted := slices.Clone(spans)
	byFirst(sorted)
	for i, s := range sorted {
		if i > 0 && s.first <= one.last {
			if s.entry < one.entry {
				one.entry, s.entry = s.entry, one.entry
			}
			return one, s, true
		}
		if i == 0 || s.last > one.last {
			one = s
		}
	}
	return one, again, false
}

// skipped finds an event that arrived and that a subscription did not get, although it got a
// later one.
func (h *history) skipped() Result {
	for _, l := range h.lives {
		if l.began == none || l.group != "" {
			continue
		}
		arrived := h.arrived[kindOf{l.at, l.event}]
		arrived = arrived[sort.SearchInts(arrived, l.began):]
		if l.ended != none {
			arrived = arrived[:sort.SearchInts(arrived, l.ended)]
		}
		got := map[uint64][]span{}
		missing := map[uint64][]span{}
		for _, i := range arrived {
			e := &h.Entries[i]
			instance := e.ID.Instance
			if _, known := got[instance]; !known {
				got[instance] = slices.Concat(l.done[instance], l.dropped[instance], h.unclaimed[route{instance, l.at.name, l.event}])
				byFirst(got[instance])
			}
			for _, p := range parts(span{e.ID.Sequence, lastOf(e), i}, got[instance]) {
				if p.entry == none {
					missing[instance] = append(missing[instance], span{p.first, p.last, i})
					continue
				}
				if h.Entries[p.entry].Subscription == 0 {
					continue // It was dropped before it came to any subscription.
				}
				if lost, ok := h.unexplained(l, missing[instance], i, p); ok {
					return broken(h.shown(l.began, lost.entry, p.entry), "a subscription of %s did not get %s of %s, which had arrived, but %s after it",
						h.driver(l.at.driver), name(l.event, lost.first), e.Peer, name(l.event, p.first))
				}
				if e.Peer != l.at.name {
					missing[instance] = nil
				}
			}
		}
	}
	return Result{}
}

// unexplained returns one of the missing events that should have been there when the part p of
// the entry came.
func (h *history) unexplained(l *life, missing []span, entry int, p span) (span, bool) {
	for _, m := range missing {
		e := &h.Entries[m.entry]
		if e.Peer == l.at.name && !h.broadcastBefore(m, p.first) || h.wasCut(l.at, e.Peer, e.At, h.Entries[entry].At) {
			continue
		}
		return m, true
	}
	return span{}, false
}

// broadcastBefore reports whether an endpoint had queued an event for itself before it began to
// broadcast another one, and after the subscription began.
func (h *history) broadcastBefore(missing span, later uint64) bool {
	e := &h.Entries[missing.entry]
	if isRequest(missing.first) || isRequest(later) {
		return false
	}
	sent := parts(span{missing.first, missing.first, none}, h.sent[route{e.ID.Instance, e.Peer, e.Event}])[0]
	return sent.entry != none && h.until(missing.first, sent.entry) < later
}
