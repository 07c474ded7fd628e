package plans

import (
	"maps"
	"slices"
)

// model is what the rules of the bus predict for a plan: connections, subscriptions, and events that
// have arrived but are not yet checked.
type model struct {
	endpoints []Endpoint
	gone      map[string]bool
	linked    map[Link]bool // each connection in both directions
	slots     []*slotState
}

// slotState is a subscription of some kind.
type slotState struct {
	endpoint string
	does     Does // OpenStream, Subscribe or Serve
	event    string
	number   int
	got      map[string][]int // Numbers, by sender; none are kept for Serve.
}

func newModel(endpoints []Endpoint) *model {
	return &model{endpoints: endpoints, gone: map[string]bool{}, linked: map[Link]bool{}}
}

func (m *model) serves(name string) bool {
	return slices.ContainsFunc(m.endpoints, func(e Endpoint) bool { return e.Name == name && e.Serves })
}

func (m *model) connect(l Link) {
	m.linked[l], m.linked[Link{l.To, l.From}] = true, true
}

// drop ends an endpoint's connections and subscriptions.
func (m *model) drop(name string) {
	maps.DeleteFunc(m.linked, func(l Link, _ bool) bool { return l.From == name || l.To == name })
	m.slots = slices.DeleteFunc(m.slots, func(s *slotState) bool { return s.endpoint == name })
}

// peers returns the endpoints that are connected to an endpoint, by name.
func (m *model) peers(name string) []string {
	var all []string
	for l := range m.linked {
		if l.From == name {
			all = append(all, l.To)
		}
	}
	slices.Sort(all)
	return all
}

// change does what a step of Phase.Changes does.
func (m *model) change(s Step) {
	switch s.Does {
	case CloseStream, Unsubscribe:
		m.slots = slices.DeleteFunc(m.slots, func(have *slotState) bool { return have.number == s.Slot })
	default:
		m.slots = append(m.slots, &slotState{endpoint: s.Endpoint, does: s.Does, event: s.Event, number: s.Slot, got: map[string][]int{}})
	}
}

// subscribes reports whether an endpoint subscribes to a type.
func (m *model) subscribes(name, event string) bool {
	return slices.ContainsFunc(m.slots, func(s *slotState) bool { return s.endpoint == name && s.event == event })
}

// answers reports whether an endpoint answers requests of a type.
func (m *model) answers(name, event string) bool {
	return slices.ContainsFunc(m.slots, func(s *slotState) bool { return s.endpoint == name && s.event == event && s.does == Serve })
}

// answersWith reports whether an endpoint answers requests with this type.
func (m *model) answersWith(name, event string) bool {
	return slices.ContainsFunc(m.slots, func(s *slotState) bool {
		return s.endpoint == name && s.does == Serve && answerOf(s.event) == event
	})
}

// receivers returns the endpoints that get what a step sends. refused reports that it is an error
// instead, for lack of subscribers.
func (m *model) receivers(s Step) (all []string, refused bool) {
	reached := append([]string{s.Endpoint}, m.peers(s.Endpoint)...)
	if s.Internal {
		reached = reached[:1]
	}
	for _, name := range reached {
		if m.subscribes(name, s.Event) && (len(s.To) == 0 || slices.Contains(s.To, name)) {
			all = append(all, name)
		}
	}
	missing := len(all) == 0 || len(all) < len(s.To)
	return all, missing && (!s.AllowNoSubscribers || s.Does == Request && len(all) == 0)
}

// server returns the endpoint that answers a request, or "" if that is not determined, or nobody does.
func (m *model) server(s Step) string {
	all, _ := m.receivers(s)
	all = slices.DeleteFunc(all, func(name string) bool { return !m.answers(name, s.Event) })
	if len(all) != 1 {
		return ""
	}
	return all[0]
}

// send delivers what a step sends, and the answers. If a broadcast event is answered, subscribers of
// the answer's type get the answer.
func (m *model) send(s Step) {
	receivers, refused := m.receivers(s)
	if refused {
		return
	}
	for n := s.N; n < s.N+s.Count; n++ {
		for _, name := range receivers {
			m.deliver(s.Endpoint, name, s.Event, n)
			if m.answers(name, s.Event) {
				m.deliver(name, s.Endpoint, answerOf(s.Event), n)
			}
		}
	}
}

func (m *model) deliver(from, to, event string, n int) {
	for _, s := range m.slots {
		if s.endpoint == to && s.event == event {
			s.got[from] = append(s.got[from], n)
		}
	}
}
