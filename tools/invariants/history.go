package invariants

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// none is the index of no entry.
const none = -1

// isRequest reports whether an event is a request. The ids of requests are random numbers with
// the top bit set; those of other events are counted.
func isRequest(sequence uint64) bool { return sequence>>63 == 1 }

// lastOf is the sequence of the last event that an entry stands for.
func lastOf(e *recording.Entry) uint64 { return e.ID.Sequence + uint64(max(1, e.Count)) - 1 }

// span is some of the events of one instance that an entry stands for, with following ids.
type span struct {
	first, last uint64
	entry       int
}

// endpoint is the one of a driver of that name.
type endpoint struct {
	driver int
	name   string
}

// link is what one endpoint knows of another one.
type link struct {
	from endpoint
	peer string
}

// kindOf is the events of one type.
type kindOf struct {
	at    endpoint
	event string
}

// route is the way of the events of one type from one run of an endpoint to the endpoints of a name.
type route struct {
	instance  uint64
	to, event string
}

// life is one subscription.
type life struct {
	at           endpoint
	event, group string
	began, ended int // its entries; none if there is none
	// done are the events that its handler or a caller has got, and dropped those that it had no
	// room for, by the sender's instance.
	done, dropped map[uint64][]span
}

// history is a recording, indexed.
type history struct {
	*recording.Run
	opened map[string]bool // the names of drivers' endpoints
	lives  []*life         // in the order in which they began
	// sent, received and dropped are by route; dropped is what had no room at the sender.
	sent, received, dropped map[route][]span
	// arrived are the entries of what an endpoint received, in their order.
	arrived map[kindOf][]int
	// unclaimed are what an endpoint dropped, for no one subscription.
	unclaimed map[route][]span
	// cuts are the moments at which an endpoint noticed that a connection ended, or reported
	// events as lost without saying which.
	cuts map[link][]time.Duration
	// own are the endpoints of the drivers by their instances.
	own map[uint64]endpoint
}

func newHistory(run *recording.Run) *history {
	h := &history{Run: run, opened: map[string]bool{}, sent: map[route][]span{}, received: map[route][]span{}, dropped: map[route][]span{},
		arrived: map[kindOf][]int{}, unclaimed: map[route][]span{}, cuts: map[link][]time.Duration{}, own: map[uint64]endpoint{}}
	for _, d := range run.Drivers {
		h.opened[d.Endpoint] = d.Endpoint != ""
	}
	current := map[subscription]*life{}
	for i := range run.Entries {
		if e := &run.Entries[i]; e.Driver >= 0 && e.Driver < len(run.Drivers) {
			h.add(i, e)
			h.addTo(current, i, e)
		}
	}
	for _, all := range []map[route][]span{h.sent, h.received, h.dropped, h.unclaimed} {
		for _, spans := range all {
			byFirst(spans)
		}
	}
	return h
}

// at is the endpoint that an entry happened to.
func (h *history) at(e *recording.Entry) endpoint {
	return endpoint{e.Driver, cmp.Or(e.Endpoint, h.Drivers[e.Driver].Endpoint)}
}

func (h *history) add(i int, e *recording.Entry) {
	at, s := h.at(e), span{e.ID.Sequence, lastOf(e), i}
	switch e.Kind {
	case recording.Sent:
		h.own[e.ID.Instance] = at
		h.opened[at.name] = true
		r := route{e.ID.Instance, e.Peer, e.Event}
		h.sent[r] = append(h.sent[r], s)
	case recording.Received:
		r, k := route{e.ID.Instance, at.name, e.Event}, kindOf{at, e.Event}
		h.received[r] = append(h.received[r], s)
		h.arrived[k] = append(h.arrived[k], i)
	case recording.Dropped:
		h.addDropped(s, at, e)
	case recording.Disconnected:
		h.cut(at, e.Peer, e.At)
	}
}

func (h *history) addDropped(s span, at endpoint, e *recording.Entry) {
	switch {
	case e.ID.IsZero():
		h.cut(at, e.Peer, e.At)
	case e.Outgoing:
		r := route{e.ID.Instance, e.Peer, e.Event}
		h.dropped[r] = append(h.dropped[r], s)
	case e.Subscription == 0:
		r := route{e.ID.Instance, at.name, e.Event}
		h.unclaimed[r] = append(h.unclaimed[r], s)
	}
}

func (h *history) cut(at endpoint, peer string, when time.Duration) {
	l := link{at, peer}
	h.cuts[l] = append(h.cuts[l], when)
}

// wasCut reports whether the endpoint noticed in that time that its connection with a peer ended.
// An empty peer stands for all of them.
func (h *history) wasCut(at endpoint, peer string, from, to time.Duration) bool {
	in := func(when []time.Duration) bool {
		i := sort.Search(len(when), func(i int) bool { return when[i] >= from })
		return i < len(when) && when[i] <= to
	}
	return in(h.cuts[link{at, peer}]) || in(h.cuts[link{at, ""}])
}

// subscription is the number of one at an endpoint, which counts anew when it is opened again.
type subscription struct {
	at     endpoint
	number int
}

// addTo adds an entry to the subscription that it concerns.
func (h *history) addTo(current map[subscription]*life, i int, e *recording.Entry) {
	if e.Subscription == 0 {
		return
	}
	key := subscription{h.at(e), e.Subscription}
	l := current[key]
	if l == nil || e.Kind == recording.Subscribed && (l.began != none || l.ended != none) {
		l = &life{at: key.at, event: e.Event, began: none, ended: none, done: map[uint64][]span{}, dropped: map[uint64][]span{}}
		current[key] = l
		h.lives = append(h.lives, l)
	}
	s := span{e.ID.Sequence, lastOf(e), i}
	switch e.Kind {
	case recording.Subscribed:
		l.began, l.group = i, e.Text
	case recording.Unsubscribed:
		if l.ended == none {
			l.ended = i
		}
	case recording.Taken, recording.Handled:
		l.done[e.ID.Instance] = append(l.done[e.ID.Instance], s)
	case recording.Dropped:
		l.dropped[e.ID.Instance] = append(l.dropped[e.ID.Instance], s)
	}
}

// until is the last sequence that the endpoint had given an event when it had queued the one with
// that sequence, which a Sent of it stands for: events with later ones were broadcast after it.
func (h *history) until(sequence uint64, sent int) uint64 {
	if e := &h.Entries[sent]; sequence == lastOf(e) {
		return sequence + uint64(e.Beside)
	}
	return sequence // The one after it joined it because it was broadcast later.
}

// inOrder are the keys of lists in the order of their first entries, so that a check finds the
// same in every run of it.
func inOrder[K comparable](lists map[K][]span) []K {
	return slices.SortedFunc(maps.Keys(lists), func(a, b K) int { return cmp.Compare(lists[a][0].entry, lists[b][0].entry) })
}

func byFirst(spans []span) {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
}

// parts divides a span into what sorted spans have of it and what they have not, in order. The
// entry of a part is that of the span which has it, or none.
func parts(of span, spans []span) (all []span) {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].last >= of.first })
	for next := of.first; next <= of.last; {
		for i < len(spans) && spans[i].last < next {
			i++
		}
		part := span{next, of.last, none}
		switch {
		case i == len(spans) || spans[i].first > of.last:
		case spans[i].first > next:
			part.last = spans[i].first - 1
		default:
			part.last, part.entry = min(of.last, spans[i].last), spans[i].entry
		}
		all = append(all, part)
		if part.last == of.last {
			break
		}
		next = part.last + 1
	}
	return all
}
