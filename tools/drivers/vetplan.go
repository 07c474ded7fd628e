package drivers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lahja/go-lahja/internal/near"
)

// plan is what the drivers of a scenario do, as far as it shows before the run.
type plan struct {
	drivers []*Driver
	steps   [][]step // by driver
	// unknown says that a function of the user's may run before any driver is stuck. It may
	// do anything: what nothing else supplies, it may.
	unknown bool
	// complete says that all drivers may come to their ends.
	complete bool
	problems []error
}

// vetPlan finds what no run of the drivers can supply.
func vetPlan(all []*Driver) []error {
	p := &plan{drivers: all}
	for _, d := range all {
		p.steps = append(p.steps, d.steps())
	}
	f := p.flow()
	f.run()
	p.unknown, p.complete = f.unknown, f.ends()
	for _, vet := range []func(){p.vetClosed, p.vetCheckpoints, p.vetEndpoints, p.vetTypes, p.vetOrder} {
		if vet(); len(p.problems) > 0 {
			return p.problems[:1] // The others may be what comes of it.
		}
	}
	return nil
}

// complain notes a problem with an action of a driver.
func (p *plan) complain(d *Driver, a *action, format string, args ...any) {
	p.problems = append(p.problems, &vetError{place: a.source.or(d.source),
		text: fmt.Sprintf("driver %s, %s (%s) %s", d.name, limit(a.String(), maxArg), a.source, fmt.Sprintf(format, args...))})
}

// vetError is a mistake in the plan.
type vetError struct {
	place source
	text  string
}

func (e *vetError) Error() string { return e.text }

// Source is the file and line of the mistake.
func (e *vetError) Source() string { return e.place.String() }

// meant calls visit for each step that is one of this package's and meant to succeed.
func (p *plan) meant(visit func(driver int, a *action, does effects)) {
	for i, steps := range p.steps {
		for _, s := range steps {
			if own, ok := s.own(); ok {
				visit(i, own, s.does)
			}
		}
	}
}

// any reports whether holds is true of a step of any driver.
func (p *plan) any(holds func(driver int, s step) bool) bool {
	for i, steps := range p.steps {
		if slices.ContainsFunc(steps, func(s step) bool { return holds(i, s) }) {
			return true
		}
	}
	return false
}

// vetClosed finds actions on an endpoint that an earlier action has closed.
func (p *plan) vetClosed() {
	for i, steps := range p.steps {
		var closed *action
		for _, s := range steps {
			own, _ := ownOf(s.action)
			switch {
			case s.does.calls, s.does.reopens, s.beside && (s.does.closes || closed != nil):
				closed = nil // From here on it may be either.
			case s.does.closes && !s.unmeant:
				closed = own
			case closed != nil && s.does.open && !s.unmeant && !own.opaque:
				p.complain(p.drivers[i], own, "comes after %s (%s), which closes the endpoint; put RestartEndpoint() between them, or expect the failure with Throws", closed, closed.source)
			}
		}
	}
}

// vetEndpoints finds names of endpoints that no driver opens, and connections that
// nobody makes.
func (p *plan) vetEndpoints() {
	if p.unknown {
		return
	}
	opens, listens, strangers := map[string]*Driver{}, map[string]bool{}, map[string]bool{}
	for i, d := range p.drivers {
		if name := d.Endpoint(); name != "" {
			opens[name] = d
			listens[name] = listens[name] || d.initializer.listens
		} else {
			strangers[d.name] = true // A bare connection may call itself like its driver.
		}
		for _, s := range p.steps[i] {
			for _, name := range s.does.opens {
				opens[name], listens[name] = d, true
			}
		}
	}
	p.meant(func(i int, a *action, _ effects) {
		d := p.drivers[i]
		for _, name := range a.peers {
			switch {
			case strangers[name]:
			case opens[name] == nil:
				p.complain(d, a, "names endpoint %q, which no driver opens%s", name, orElse(near.Name(name, maps.Keys(opens)),
					"; add a driver that does, or declare with Opaque that it lives elsewhere"))
			case a.connects && !listens[name]:
				p.complain(d, a, "connects to %q, which does not listen: begin its driver with ServeEndpoint", name)
			}
		}
	})
	if len(p.problems) > 0 {
		return
	}
	p.meant(func(i int, a *action, does effects) {
		own := p.drivers[i].Endpoint()
		for _, name := range a.peers {
			if does.meets && name != own && !strangers[name] && !p.connects(own, name) {
				p.complain(p.drivers[i], a, "waits for a connection that no driver makes; add ConnectToEndpoints to one of the two, with the other's config")
			}
		}
	})
}

// connects reports whether a driver connects one of the endpoints to the other.
func (p *plan) connects(one, other string) bool {
	return p.any(func(i int, s step) bool {
		var to []string
		if own, ok := ownOf(s.action); ok && own.connects {
			to = own.peers
		}
		switch from := p.drivers[i].Endpoint(); from {
		case one:
			return slices.Contains(to, other) || slices.Contains(s.does.joins, other)
		case other:
			return slices.Contains(to, one) || slices.Contains(s.does.joins, one)
		}
		return false
	})
}

// vetTypes finds types that somebody waits for and nobody sends, or that somebody sends
// and nobody subscribes to.
func (p *plan) vetTypes() {
	p.meant(func(i int, a *action, does effects) {
		d := p.drivers[i]
		for _, t := range slices.Concat(does.takes, does.pulls) {
			if !p.unknown && !p.any(func(j int, s step) bool { return s.sendsTo(t, p.drivers[j], d) }) {
				p.complain(d, a, "waits for %s, which no driver sends to it%s", t.short(),
					orElse(nearType(t, p.sent()), "; add a driver that does, or declare with Opaque what sends it"))
			}
		}
		for _, t := range does.refuses {
			if !ofTheBus(t) && p.noneMoreSent() && !p.any(func(_ int, s step) bool {
				return slices.ContainsFunc(s.does.sends, func(sent sending) bool { return sent.event == t })
			}) {
				p.complain(d, a, "cannot fail: no driver sends %s to anybody%s", t.short(), orElse(nearType(t, p.sent()), "; send one that it must not receive, or leave it out"))
			}
		}
		for _, s := range does.sends {
			if s.needsSubscriber() && !p.unknown && !p.any(func(j int, other step) bool { return other.subscribesTo(s, d, p.drivers[j]) }) {
				p.complain(d, a, "sends %s, to which no driver subscribes%s", s.event.short(),
					orElse(nearType(s.event, p.subscribed()), "; add a Subscribe, a WaitFor or a ServeRequests of it, or set BroadcastConfig.AllowNoSubscribers"))
			}
		}
		for _, w := range does.awaits {
			if p.canSubscribe(w) {
				continue
			}
			who := "no driver does"
			if w.endpoint != "" {
				who = "its driver does not"
			}
			p.complain(d, a, "waits for a subscription to %s, and %s subscribe to it%s", w.event.short(), who,
				orElse(nearType(w.event, p.subscribed()), ""))
		}
	})
}

// noneMoreSent reports whether no function of the user's can run that may send what the plan
// does not show: there is none, or only handlers of what nobody sends.
func (p *plan) noneMoreSent() bool { return !p.mayDoMore() || p.complete && !p.unknown }

// mayDoMore reports whether any function of the user's may do what the plan does not show.
func (p *plan) mayDoMore() bool {
	return p.any(func(_ int, s step) bool {
		own, ok := ownOf(s.action)
		return !ok || own.opaque || s.does.calls || s.does.handles || s.does.restarts
	})
}

// canSubscribe reports whether somebody, or the endpoint that is named, may subscribe to
// what is awaited. An endpoint that no driver has is another mistake.
func (p *plan) canSubscribe(w awaited) bool {
	found, may := w.endpoint == "", false
	for j, d := range p.drivers {
		if w.endpoint != "" && d.Endpoint() != w.endpoint {
			continue
		}
		found = true
		may = may || p.unknown && len(d.restart) > 0
		for _, s := range p.steps[j] {
			may = may || p.unknown && (s.does.calls || s.does.handles) || s.subscribes(w.event)
		}
	}
	return may || !found || w.endpoint == "" && p.unknown
}

func (s step) subscribes(t event) bool {
	return slices.Contains(s.does.subscribes, t) || slices.Contains(s.does.takes, t)
}

// needsSubscriber reports whether sending fails where nobody subscribes.
func (s sending) needsSubscriber() bool {
	return s.event != "" && !s.answer && !s.config.AllowNoSubscribers && !ofTheBus(s.event)
}

// reaches reports whether what a driver sends may come to another one, or to itself.
func (s sending) reaches(from, to *Driver) bool {
	if s.config.Internal && from != to {
		return false
	}
	return s.answer || len(s.config.FilterEndpoints) == 0 || slices.Contains(s.config.FilterEndpoints, to.Endpoint())
}

// sendsTo reports whether the step, of one driver, may send an event of a type to another.
func (s step) sendsTo(t event, from, to *Driver) bool {
	return slices.ContainsFunc(s.does.sends, func(s sending) bool { return s.event == t && s.reaches(from, to) })
}

// subscribesTo reports whether the step, of one driver, subscribes to what another sends.
func (s step) subscribesTo(sent sending, from, own *Driver) bool {
	return s.subscribes(sent.event) && sent.reaches(from, own)
}

// sent and subscribed are the types that any driver sends, or subscribes to.
func (p *plan) sent() []event {
	var all []event
	p.any(func(_ int, s step) bool {
		for _, sent := range s.does.sends {
			all = append(all, sent.event)
		}
		return false
	})
	return all
}

func (p *plan) subscribed() []event {
	var all []event
	p.any(func(_ int, s step) bool {
		all = append(all, slices.Concat(s.does.subscribes, s.does.takes)...)
		return false
	})
	return all
}

// nearType suggests a type.
func nearType(t event, known []event) string {
	return near.Name(t.short(), func(yield func(string) bool) {
		for _, k := range known {
			if k != "" && !yield(k.short()) {
				return
			}
		}
	})
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
