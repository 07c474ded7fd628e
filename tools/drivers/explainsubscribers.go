package drivers

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/internal/near"
)

// mostTold is how many steps of a driver are told.
const mostTold = 3

// subscribers adds what is known of each driver that subscribes to a type.
func (e *explanation) subscribers(w awaited) {
	found := false
	for j, steps := range e.steps {
		d := e.drivers[j]
		if w.endpoint != "" && d.Endpoint() != w.endpoint {
			continue
		}
		told := 0
		for _, s := range steps {
			own, ok := s.own()
			if !ok || !s.subscribes(w.event) {
				continue
			}
			found = true
			text := limit(own.String(), maxArg)
			did := "subscribed to it"
			if len(s.does.subscribes) == 0 {
				did = "waited for one" // Not any longer than that.
			}
			switch began, _ := e.ran(j, s); {
			case s.beside:
				e.say("%s does so beside other actions (action %d, %s)%s.", d.name, s.top, text, e.apart(j))
			case began.IsZero():
				e.notYet(j, s)
			default:
				e.say("%s %s at action %d, %s%s.", d.name, did, s.top, text, e.apart(j))
			}
			if told++; told == mostTold {
				break
			}
		}
		if v := e.evidence(w.event); v != nil && told > 0 {
			v.unsubscribed(j)
		}
	}
	switch {
	case found:
	case e.mayDoMore():
		e.say("No action subscribes to it; a function may be meant to.")
	default:
		e.say("No driver subscribes to it%s.", near.Name(w.event.short(), e.names(e.subscribed())))
	}
}

// connectors adds what is known of the drivers that connect the waiting one to an endpoint.
func (e *explanation) connectors(name string) {
	if v := e.evidence(""); v != nil && v.met(name) {
		return
	}
	own := e.drivers[e.waiter].Endpoint()
	for j, d := range e.drivers {
		other := name
		if d.Endpoint() == name {
			other = own
		}
		for _, s := range e.steps[j] {
			a, ok := s.own()
			if !ok || !a.connects || !slices.Contains(a.peers, other) || d.Endpoint() != own && d.Endpoint() != name {
				continue
			}
			switch began, _ := e.ran(j, s); {
			case s.beside:
				e.say("%s connects beside other actions (action %d, %s).", d.name, s.top, limit(a.String(), maxArg))
			case began.IsZero():
				e.notYet(j, s)
			default:
				e.say("%s began to connect %s earlier (action %d, %s).", d.name, short(e.now.Sub(began)), s.top, limit(a.String(), maxArg))
			}
		}
	}
}

// apart says so where the plan connects two drivers nowhere.
func (e *explanation) apart(other int) string {
	a, b := e.drivers[e.waiter].Endpoint(), e.drivers[other].Endpoint()
	if a == b || a == "" || b == "" || e.mayDoMore() || e.connects(a, b) {
		return ""
	}
	return fmt.Sprintf("; but no driver connects %s and %s", a, b)
}
