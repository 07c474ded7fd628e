package timeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// message is an arrow between two drivers: one event, or count of them with following ids.
type message struct {
	from, to int
	// sent and received are its entries; none if there is none.
	sent, received int
	at, until      time.Duration
	event          string
	id             recording.ID
	count          int
	answer         bool
	// endpoints names both, if one of them is not its driver's own.
	endpoints string
	// foreign names those that are not.
	foreign []string
}

// lost reports whether no record says that it arrived.
func (m *message) lost() bool { return m.received == none }

// route is where the ids of events are unique: events of one instance to one endpoint.
type route struct {
	instance uint64
	receiver string
}

// half is one recorded end of messages, with the ids first to last.
type half struct {
	first, last uint64
	entry       int
}

// matchMessages pairs what was sent with what was received, by the ids of events and the receiver.
func (m *model) matchMessages() {
	endpoints := m.endpoints()
	sent, received := map[route][]half{}, map[route][]half{}
	for i, e := range m.Entries {
		if e.ID.IsZero() || !m.has(e.Driver) {
			continue
		}
		h := half{first: e.ID.Sequence, last: e.ID.Sequence + uint64(max(1, e.Count)) - 1, entry: i}
		switch e.Kind {
		case recording.Sent:
			if to, ok := endpoints[e.Peer]; ok && to != e.Driver {
				at := route{e.ID.Instance, e.Peer}
				sent[at] = append(sent[at], h)
			}
		case recording.Received:
			at := route{e.ID.Instance, m.endpointOf(&m.Entries[i])}
			received[at] = append(received[at], h)
		}
	}
	for at, halves := range sent {
		m.matchRoute(endpoints[at.receiver], at, halves, received[at])
	}
	slices.SortFunc(m.messages, func(a, b message) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.sent, b.sent))
	})
}

// endpoints are the drivers by the names of their own endpoints, and of those that their functions
// opened.
func (m *model) endpoints() map[string]int {
	all := map[string]int{}
	for i, d := range m.Drivers {
		if _, taken := all[d.Endpoint]; !taken && d.Endpoint != "" {
			all[d.Endpoint] = i
		}
	}
	for _, e := range m.Entries {
		if _, taken := all[e.Endpoint]; !taken && e.Endpoint != "" && m.has(e.Driver) {
			all[e.Endpoint] = e.Driver
		}
	}
	return all
}

// endpointOf is the name of the endpoint that an entry of a driver is of.
func (m *model) endpointOf(e *recording.Entry) string {
	if e.Endpoint != "" {
		return e.Endpoint
	}
	return m.Drivers[e.Driver].Endpoint
}

// matchRoute walks both sides in order of ids. What was sent in one piece may have arrived in
// several, and the other way round.
func (m *model) matchRoute(receiver int, at route, sent, received []half) {
	byID := func(a, b half) int { return cmp.Compare(a.first, b.first) }
	slices.SortStableFunc(sent, byID)
	slices.SortStableFunc(received, byID)
	for len(sent) > 0 {
		s := sent[0]
		switch {
		case len(received) == 0 || s.last < received[0].first:
			m.addMessage(receiver, at, s, none)
			sent = sent[1:]
		case received[0].last < s.first:
			received = received[1:]
		case s.first < received[0].first:
			m.addMessage(receiver, at, half{s.first, received[0].first - 1, s.entry}, none)
			sent[0].first = received[0].first
		default:
			last := min(s.last, received[0].last)
			m.addMessage(receiver, at, half{s.first, last, s.entry}, received[0].entry)
			sent, received = after(sent, last), after(received, last)
		}
	}
}

// after drops the ids up to last.
func after(halves []half, last uint64) []half {
	if halves[0].last <= last {
		return halves[1:]
	}
	halves[0].first = last + 1
	return halves
}

// addMessage adds a message, unless it did not arrive so far as is known, and nobody knows: the
// receiver's entries of that time were not kept.
func (m *model) addMessage(receiver int, at route, s half, received int) {
	e := &m.Entries[s.entry]
	if received == none && e.At < m.kept[receiver] {
		return
	}
	if received != none {
		receiver = m.Entries[received].Driver
	}
	added := message{from: e.Driver, to: receiver, sent: s.entry, received: received, at: e.At, until: e.At, event: e.Event,
		id: recording.ID{Instance: at.instance, Sequence: s.first}, count: int(s.last - s.first + 1), answer: !e.Answers.IsZero()}
	from := m.endpointOf(e)
	if from != m.Drivers[e.Driver].Endpoint {
		added.foreign = append(added.foreign, from)
	}
	if at.receiver != m.Drivers[receiver].Endpoint {
		added.foreign = append(added.foreign, at.receiver)
	}
	if len(added.foreign) > 0 {
		added.endpoints = from + " → " + at.receiver
	}
	m.matched[s.entry] = true
	if received != none {
		m.matched[received] = true
		added.until = m.Entries[received].At
		added.at = min(added.at, added.until)
	}
	m.messages = append(m.messages, added)
}
