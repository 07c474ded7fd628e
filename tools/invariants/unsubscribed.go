package invariants

import (
	"github.com/lahja/go-lahja/tools/recording"
)

// NothingAfterUnsubscribe is the invariant that a subscription that was closed gets no event that
// arrives later, and that its handler is not called again. It may finish the event that it is at.
func NothingAfterUnsubscribe() Invariant {
	return ofBus("nothing after unsubscribe", checkUnsubscribed)
}

func checkUnsubscribed(h *history) Result {
	for _, l := range h.lives {
		if l.ended == none {
			continue
		}
		for _, instance := range inOrder(l.done) {
			arrived := h.received[route{instance, l.at.name, l.event}]
			sent := h.sent[route{instance, l.at.name, l.event}]
			for _, got := range l.done[instance] {
				if r := h.late(l, got, arrived, sent); r.Verdict == Broken {
					return r
				}
			}
		}
	}
	if why := Incomplete(h.Run); why != "" {
		return undecided("%s", why)
	}
	return Result{Verdict: Held}
}

// late finds out whether a subscription got events after its end.
func (h *history) late(l *life, got span, arrived, sent []span) Result {
	end, e := h.Entries[l.ended].At, &h.Entries[got.entry]
	if got.entry > l.ended {
		if came := h.cameLate(l, got, arrived, sent); came.entry != none {
			return h.gotLate(l, came, got)
		}
	}
	if e.Kind == recording.Handled && e.At-e.Took > end {
		return broken(h.shown(l.ended, got.entry), "%s began to handle %s after it had unsubscribed", h.driver(l.at.driver), name(l.event, got.first))
	}
	return Result{}
}

// cameLate returns those of the events that came after the end of a subscription.
func (h *history) cameLate(l *life, got span, arrived, sent []span) span {
	if h.Entries[got.entry].Peer == l.at.name {
		// It is known when the endpoint began to broadcast it, not when it chose who gets it.
		for _, p := range parts(got, sent) {
			if p.entry != none && h.Entries[p.entry].At > h.Entries[l.ended].At {
				return p
			}
		}
		return span{entry: none}
	}
	for _, p := range parts(got, arrived) {
		if p.entry > l.ended {
			return p
		}
	}
	return span{entry: none}
}

func (h *history) gotLate(l *life, came, got span) Result {
	e := &h.Entries[got.entry]
	return broken(h.shown(l.ended, came.entry, got.entry), "a subscription of %s that had ended got %s of %s, which came later",
		h.driver(l.at.driver), name(l.event, came.first), e.Peer)
}
