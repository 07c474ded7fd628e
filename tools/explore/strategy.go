package explore

import (
	"math/rand/v2"

	"github.com/lahja/go-lahja/tools/engine/virtual"
)

// random lets anybody go on.
type random struct{ *rand.Rand }

func (r random) Pick(_ int, choices []virtual.Choice) int { return r.IntN(len(choices)) }

// pct is probabilistic concurrency testing (Burckhardt and others, 2010): every actor has a
// random priority, the one with the highest goes on, and at depth-1 random steps it gets the
// lowest. It finds an order that needs depth constraints with a probability of at least
// 1/(actors*steps^(depth-1)).
type pct struct {
	*rand.Rand
	priorities map[string]float64
	changes    map[int]bool
	lowest     float64
}

func newPCT(r *rand.Rand, depth, steps int) *pct {
	p := &pct{Rand: r, priorities: map[string]float64{}, changes: map[int]bool{}}
	for range depth - 1 {
		p.changes[r.IntN(max(1, steps))] = true
	}
	return p
}

func (p *pct) Pick(step int, choices []virtual.Choice) int {
	best := p.highest(choices)
	if p.changes[step] {
		p.lowest--
		p.priorities[choices[best].Actor] = p.lowest
		best = p.highest(choices)
	}
	return best
}

func (p *pct) highest(choices []virtual.Choice) (best int) {
	for i, c := range choices {
		if p.priority(c.Actor) > p.priority(choices[best].Actor) {
			best = i
		}
	}
	return best
}

func (p *pct) priority(actor string) float64 {
	if _, known := p.priorities[actor]; !known {
		p.priorities[actor] = p.Float64()
	}
	return p.priorities[actor]
}

var bases = []Base{Oldest, Continue}

// noting is a strategy whose departures from the default schedules are noted.
type noting struct {
	virtual.Strategy
	last       string
	departures map[Base][]Departure
}

func (n *noting) Pick(step int, choices []virtual.Choice) int {
	pick := n.Strategy.Pick(step, choices)
	for _, base := range bases {
		if pick != base.pick(n.last, choices) {
			n.departures[base] = append(n.departures[base], Departure{Step: step, Actor: choices[pick].Actor, Choice: pick})
		}
	}
	n.last = choices[pick].Actor
	return pick
}
