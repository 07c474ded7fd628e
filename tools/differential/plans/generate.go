package plans

import (
	"slices"

	"pgregory.net/rapid"
)

// Draw draws a plan. It draws numbers that do not depend on the plan's state at that moment; the maker
// gives them a meaning, or none. So a failing plan can shrink by leaving out any part.
func Draw(t *rapid.T) Plan { return drawDNA(t).plan() }

func drawDNA(t *rapid.T) dna {
	var d dna
	d.Endpoints = rapid.IntRange(2, 5).Draw(t, "endpoints")
	d.Shape = rapid.IntRange(0, len(shapes)-1).Draw(t, "shape")
	d.Early = rapid.SliceOfN(genes(), 0, 6).Draw(t, "early")
	d.Phases = rapid.SliceOfN(rapid.Custom(drawPhase), 1, 4).Draw(t, "phases")
	return d
}

// dna is a plan as it is drawn.
type dna struct {
	Endpoints int
	Shape     int
	Early     []gene // subscriptions before anybody connects
	Phases    []phaseDNA
}

type phaseDNA struct {
	End      gene
	Connect  []gene
	Changes  []gene
	Sends    []gene
	Parallel int
}

// gene is a few numbers that have a meaning only in their place.
type gene struct{ Who, What, Kind, Count, To, Flags int }

func genes() *rapid.Generator[gene] {
	small := func(t *rapid.T, label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
	return rapid.Custom(func(t *rapid.T) gene {
		return gene{Who: small(t, "who", 4), What: small(t, "what", 7), Kind: small(t, "kind", 7), Count: small(t, "count", 12),
			To: small(t, "to", 31), Flags: small(t, "flags", 15)}
	})
}

func drawPhase(t *rapid.T) phaseDNA {
	return phaseDNA{
		End:      genes().Draw(t, "end"),
		Connect:  rapid.SliceOfN(genes(), 0, 4).Draw(t, "connect"),
		Changes:  rapid.SliceOfN(genes(), 0, 8).Draw(t, "changes"),
		Sends:    rapid.SliceOfN(genes(), 1, 16).Draw(t, "sends"),
		Parallel: rapid.IntRange(0, 31).Draw(t, "parallel"),
	}
}

// maker makes a plan from DNA, and knows the plan's state at every moment.
type maker struct {
	*model
	plan     Plan
	nextSlot int
	nextN    map[string]int
}

// shapes returns which of n endpoints dials which at the start, by index.
var shapes = []func(n int) [][2]int{
	func(n int) (all [][2]int) { // hub
		for i := 1; i < n; i++ {
			all = append(all, [2]int{i, 0})
		}
		return all
	},
	func(n int) (all [][2]int) { // chain
		for i := 1; i < n; i++ {
			all = append(all, [2]int{i, i - 1})
		}
		return all
	},
	func(n int) (all [][2]int) { // mesh
		for i := range n {
			for j := range i {
				all = append(all, [2]int{i, j})
			}
		}
		return all
	},
	func(int) [][2]int { return nil }, // no connections
}

func (d dna) plan() Plan {
	m := &maker{nextN: map[string]int{}}
	for i := range d.Endpoints {
		m.plan.Endpoints = append(m.plan.Endpoints, Endpoint{Name: string(rune('a' + i))})
	}
	var links []Link
	for _, l := range shapes[d.Shape](d.Endpoints) {
		m.plan.Endpoints[l[1]].Serves = true
		links = append(links, Link{m.name(l[0]), m.name(l[1])})
	}
	m.plan.Endpoints[0].Serves = true
	m.model = newModel(m.plan.Endpoints)
	if early := m.changes(d.Early); len(early) > 0 {
		m.plan.Phases = append(m.plan.Phases, Phase{Changes: early})
	}
	for i, phase := range d.Phases {
		if i == 0 {
			m.plan.Phases = append(m.plan.Phases, m.phase(phase, links))
			continue
		}
		var p Phase
		m.end(phase.End, &p)
		rest := m.phase(phase, nil)
		rest.Restart, rest.Leave = p.Restart, p.Leave
		m.plan.Phases = append(m.plan.Phases, rest)
	}
	return m.plan
}

func (m *maker) name(i int) string { return m.plan.Endpoints[i%len(m.plan.Endpoints)].Name }

func (m *maker) phase(d phaseDNA, links []Link) Phase {
	var p Phase
	for _, l := range links {
		m.connect(l)
	}
	p.Connect = append(links, m.connects(d.Connect)...)
	p.Changes = m.changes(d.Changes)
	p.Sends, p.Parallel = m.sends(d.Sends, d.Parallel)
	return p
}

// end restarts an endpoint in one phase of four, and closes one in one of eight.
func (m *maker) end(g gene, p *Phase) {
	who := m.name(g.Who)
	switch {
	case m.gone[who]:
		return
	case g.Kind == 7 || g.Kind == 6:
		p.Restart = who
	case g.Kind == 5:
		p.Leave = who
		m.gone[who] = true
	default:
		return
	}
	m.drop(who)
}

// connects connects endpoints if it can: none to itself, to a peer, or to one that does not serve.
func (m *maker) connects(all []gene) []Link {
	var links []Link
	for _, g := range all {
		l := Link{m.name(g.Who), m.name(g.To)}
		if l.From == l.To || m.linked[l] || !m.serves(l.To) || m.gone[l.From] || m.gone[l.To] {
			continue
		}
		m.connect(l)
		links = append(links, l)
	}
	return links
}

func (m *maker) changes(all []gene) []Step {
	var steps []Step
	for _, g := range all {
		s := Step{Endpoint: m.name(g.Who), Event: events[g.What%len(events)].name}
		if m.gone[s.Endpoint] {
			continue
		}
		if s.Does = m.changeKind(g, &s); s.Does == "" {
			continue
		}
		m.change(s)
		steps = append(steps, s)
	}
	return steps
}

// changeKind returns what a step changes, or "" if it can change nothing.
func (m *maker) changeKind(g gene, s *Step) Does {
	switch {
	case g.Kind < 2:
		return m.opens(s, OpenStream)
	case g.Kind < 4:
		return m.opens(s, Subscribe)
	case g.Kind < 6:
		s.Event = requests[g.What%len(requests)]
		if m.answers(s.Endpoint, s.Event) {
			return ""
		}
		return m.opens(s, Serve)
	}
	var own []*slotState
	for _, slot := range m.slots {
		if slot.endpoint == s.Endpoint && slot.does != Serve {
			own = append(own, slot)
		}
	}
	if len(own) == 0 {
		return ""
	}
	slot := own[g.Count%len(own)]
	s.Event, s.Slot = slot.event, slot.number
	if slot.does == OpenStream {
		return CloseStream
	}
	return Unsubscribe
}

func (m *maker) opens(s *Step, does Does) Does {
	m.nextSlot++
	s.Slot = m.nextSlot
	return does
}

func (m *maker) sends(all []gene, parallel int) (steps []Step, together []string) {
	alone := map[string]bool{} // cannot send in parallel
	sent := map[[2]string]bool{}
	for _, g := range all {
		s, ok := m.sendOf(g)
		if !ok {
			continue
		}
		what := [2]string{s.Endpoint, s.Event}
		if s.Does == Request || s.Does == Broadcast && sent[what] {
			alone[s.Endpoint] = true
		}
		if s.Does == Broadcast {
			sent[what] = true
		}
		if s.Does == Broadcast || s.Does == Request {
			m.send(s)
		}
		steps = append(steps, s)
	}
	for i, e := range m.plan.Endpoints {
		if parallel>>i&1 == 1 && !alone[e.Name] {
			together = append(together, e.Name)
		}
	}
	return steps, together
}

func (m *maker) sendOf(g gene) (Step, bool) {
	s := Step{Endpoint: m.name(g.Who), Event: events[g.What%len(events)].name}
	if m.gone[s.Endpoint] {
		return s, false
	}
	switch {
	case g.Kind == 7:
		peer := m.name(g.To)
		s.Does, s.Event, s.To = Reconnect, "", []string{peer}
		return s, m.linked[Link{s.Endpoint, peer}] && m.serves(peer)
	case g.Kind == 6:
		s.Does, s.To = Ask, []string{m.name(g.To)}
		// It knows nothing of endpoints that are not peers.
		return s, s.To[0] == s.Endpoint || m.linked[Link{s.Endpoint, s.To[0]}]
	case g.Kind >= 4:
		s.Event = requests[g.What%len(requests)]
		return m.requestOf(s, g)
	}
	if m.answersWith(s.Endpoint, s.Event) {
		return s, false // It would mix with the answers of its handler, in no particular order.
	}
	s.Does = Broadcast
	m.filter(&s, g)
	s.Count = 1 + g.Count
	if _, refused := m.receivers(s); refused {
		s.Count = 1
	}
	m.number(&s)
	return s, true
}

// requestOf returns a request if it is determined which endpoint answers, or that none does: of
// several that could, it chooses one.
func (m *maker) requestOf(s Step, g gene) (Step, bool) {
	s.Does, s.Count = Request, 1
	var servers []string
	for _, name := range append([]string{s.Endpoint}, m.peers(s.Endpoint)...) {
		if m.answers(name, s.Event) {
			servers = append(servers, name)
		}
	}
	switch {
	case len(servers) > 1, len(servers) == 1 && g.Flags&1 == 1:
		s.To = []string{servers[g.To%len(servers)]}
	case g.Flags&1 == 1:
		s.To = []string{m.name(g.To)}
	}
	m.number(&s)
	_, refused := m.receivers(s)
	return s, refused || m.server(s) != ""
}

// filter restricts the receivers of an event in about half of the cases.
func (m *maker) filter(s *Step, g gene) {
	s.AllowNoSubscribers, s.NoWait = g.Flags&2 != 0, g.Flags&4 != 0
	switch {
	case g.Flags&1 == 0:
	case g.Flags&8 != 0:
		s.Internal = true
	default:
		for i, e := range m.plan.Endpoints {
			if g.To>>i&1 == 1 {
				s.To = append(s.To, e.Name)
			}
		}
		slices.Sort(s.To)
	}
}

// number gives events unique numbers, by type.
func (m *maker) number(s *Step) {
	s.N = m.nextN[s.Event] + 1
	m.nextN[s.Event] += s.Count
}
