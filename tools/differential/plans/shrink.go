package plans

import (
	"slices"
	"time"
)

// shrinkTime bounds the time for leaving out more than rapid did: as long as rapid takes, unless a
// flag says otherwise.
const shrinkTime = 30 * time.Second

// shrink leaves out whatever it can while the plan still fails. Rapid also shrinks numbers and knows
// nothing of plans, so it may run out of time before it has tried every part.
func (d dna) shrink(fails func(dna) bool, deadline time.Time) dna {
	if !fails(d) {
		return d
	}
	for smaller := true; smaller; {
		smaller = false
		for _, candidate := range d.smaller() {
			if time.Now().After(deadline) {
				return d
			}
			if fails(candidate) {
				d, smaller = candidate, true
				break
			}
		}
	}
	return d
}

// smaller returns the plan without one of its parts, the largest parts first.
func (d dna) smaller() []dna {
	var all []dna
	for i := range d.Phases {
		without := d
		without.Phases = slices.Delete(slices.Clone(d.Phases), i, i+1)
		all = append(all, without)
	}
	if d.Endpoints > 2 {
		fewer := d
		fewer.Endpoints--
		all = append(all, fewer)
	}
	for _, early := range shorter(d.Early) {
		without := d
		without.Early = early
		all = append(all, without)
	}
	for i, p := range d.Phases {
		for _, smaller := range p.smaller() {
			with := d
			with.Phases = slices.Clone(d.Phases)
			with.Phases[i] = smaller
			all = append(all, with)
		}
	}
	return all
}

func (p phaseDNA) smaller() []phaseDNA {
	var all []phaseDNA
	add := func(change func(p *phaseDNA)) {
		smaller := p
		change(&smaller)
		all = append(all, smaller)
	}
	if p.End != (gene{}) {
		add(func(p *phaseDNA) { p.End = gene{} })
	}
	if p.Parallel != 0 {
		add(func(p *phaseDNA) { p.Parallel = 0 })
	}
	for _, genes := range shorter(p.Connect) {
		add(func(p *phaseDNA) { p.Connect = genes })
	}
	for _, genes := range shorter(p.Changes) {
		add(func(p *phaseDNA) { p.Changes = genes })
	}
	for _, genes := range shorter(p.Sends) {
		add(func(p *phaseDNA) { p.Sends = genes })
	}
	return all
}

// shorter returns the genes without one of them, or with a simpler one.
func shorter(genes []gene) [][]gene {
	var all [][]gene
	for i := range genes {
		all = append(all, slices.Delete(slices.Clone(genes), i, i+1))
	}
	for i, g := range genes {
		for _, plainer := range []gene{{g.Who, g.What, g.Kind, 0, g.To, g.Flags}, {g.Who, g.What, g.Kind, g.Count / 2, g.To, g.Flags},
			{g.Who, g.What, g.Kind, g.Count, g.To, 0}} {
			if plainer != g {
				with := slices.Clone(genes)
				with[i] = plainer
				all = append(all, with)
			}
		}
	}
	return all
}
