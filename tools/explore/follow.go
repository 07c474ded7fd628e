package explore

import (
	"slices"

	"github.com/lahja/go-lahja/tools/engine/virtual"
)

// follow is the strategy that follows a plan.
type follow struct {
	base       Base
	departures []Departure
	last       string
	// waiting are the choices that wait until nobody else can go on, by when they came, and
	// which of made says so.
	waiting map[int]int
	// made are the departures that were possible.
	made []made
}

// made is a departure in a run.
type made struct {
	Departure
	// Who went on earlier or later than usual, before or after the Others.
	Who    virtual.Choice
	Others []virtual.Choice
}

// Pick implements virtual.Strategy.
func (f *follow) Pick(step int, choices []virtual.Choice) int {
	pick := f.usual(choices)
	for len(f.departures) > 0 && f.departures[0].Step <= step {
		if d := f.departures[0]; d.Step == step {
			pick = f.depart(d, choices, pick)
		}
		f.departures = f.departures[1:]
	}
	f.went(choices[pick])
	return pick
}

// usual is who goes on by default.
func (f *follow) usual(choices []virtual.Choice) int {
	if len(f.waiting) == 0 {
		return f.base.pick(f.last, choices)
	}
	ready := slices.DeleteFunc(slices.Clone(choices), func(c virtual.Choice) bool { _, waits := f.waiting[c.Came]; return waits })
	if len(ready) == 0 {
		ready = choices
	}
	who := ready[f.base.pick(f.last, ready)].Came
	return slices.IndexFunc(choices, func(c virtual.Choice) bool { return c.Came == who })
}

// depart departs from the usual one, and returns who goes on.
func (f *follow) depart(d Departure, choices []virtual.Choice, usual int) int {
	pick := d.among(choices, usual)
	d.Choice, d.Actor = pick, choices[pick].Actor
	if d.Waits == 0 {
		if pick != usual {
			f.made = append(f.made, made{d, choices[pick], choices[usual : usual+1]})
		}
		return pick
	}
	if f.waiting == nil {
		f.waiting = map[int]int{}
	}
	f.waiting[choices[pick].Came] = len(f.made)
	other := f.usual(choices)
	if other == pick {
		delete(f.waiting, choices[pick].Came)
		return usual
	}
	f.made = append(f.made, made{d, choices[pick], nil})
	return other
}

// went notes who goes on.
func (f *follow) went(c virtual.Choice) {
	f.last = c.Actor
	delete(f.waiting, c.Came)
	for came, i := range f.waiting {
		m := &f.made[i]
		if m.Others = append(m.Others, c); len(m.Others) >= m.Waits {
			delete(f.waiting, came)
		}
	}
}

// possible are the departures that were made.
func (f *follow) possible() []Departure {
	all := make([]Departure, len(f.made))
	for i, m := range f.made {
		all[i] = m.Departure
	}
	return all
}

// among finds whom the departure is about; usual if that is nobody.
func (d Departure) among(choices []virtual.Choice, usual int) int {
	if d.Choice < len(choices) && choices[d.Choice].Actor == d.Actor {
		return d.Choice
	}
	if i := slices.IndexFunc(choices, func(c virtual.Choice) bool { return c.Actor == d.Actor }); i >= 0 {
		return i
	}
	return usual
}
