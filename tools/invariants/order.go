package invariants

import "slices"

// OrderPerSender is the invariant that a subscription gets the events of one sender in the order
// in which that has broadcast them. Events whose broadcasts overlapped have no order, and neither
// have requests, whose ids are not counted.
func OrderPerSender() Invariant {
	return ofBus("order per sender and subscription", checkOrder)
}

func checkOrder(h *history) Result {
	var unknown []string
	for _, l := range h.lives {
		for _, instance := range inOrder(l.done) {
			if r, from := h.ordered(l, instance, l.done[instance]); r.Verdict == Broken {
				return r
			} else if from != "" && !slices.Contains(unknown, from) {
				unknown = append(unknown, from)
			}
		}
	}
	if why := Incomplete(h.Run); why != "" {
		return undecided("%s", why)
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return undecided("events of %s came in another order than that of their numbers, and when it sent them was not recorded", unknown[0])
	}
	return Result{Verdict: Held}
}

// ordered checks what a subscription got from one sender. unknown is the sender if that was in
// another order than that of the ids and nothing says when they were sent.
func (h *history) ordered(l *life, instance uint64, done []span) (r Result, unknown string) {
	newest := span{entry: none}
	for _, s := range done {
		if isRequest(s.first) {
			continue
		}
		if newest.entry != none && s.first < newest.last {
			late := span{s.first, min(s.last, newest.last-1), s.entry}
			sent := h.sent[route{instance, l.at.name, l.event}]
			for _, p := range parts(late, sent) {
				switch {
				case p.entry == none:
					unknown = h.Entries[s.entry].Peer
				case h.until(p.first, p.entry) < newest.last:
					return h.overtaken(l, p, s, newest, sent), ""
				}
			}
		}
		if newest.entry == none || s.last > newest.last {
			newest = s
		}
	}
	return Result{}, unknown
}

func (h *history) overtaken(l *life, late, got, newest span, sent []span) Result {
	from := h.Entries[got.entry].Peer
	before := parts(span{newest.last, newest.last, none}, sent)[0].entry
	return broken(h.shown(late.entry, before, newest.entry, got.entry), "%s %s %s of %s after %s, which was broadcast later",
		h.driver(l.at.driver), verb(&h.Entries[got.entry]), name(l.event, late.first), from, name(l.event, newest.last))
}
