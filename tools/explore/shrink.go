package explore

import (
	"context"
	"slices"
)

// maxShrinkRuns bounds the runs in which a schedule is shrunk.
const maxShrinkRuns = 200

// shorterRuns are those of them that are left to shorten waits.
const shorterRuns = 30

// shrinking is the search for a small schedule that fails with a cause.
type shrinking struct {
	subject
	ctx   context.Context
	cause string
	runs  int
	most  int
}

// shrink returns the smallest of several plans of one run, shrunk, and how many runs that took.
func (s subject) shrink(ctx context.Context, plans map[Base]*Plan, cause string) (smallest *Plan, runs int) {
	if p := plans[Oldest]; p.Crash != nil {
		return p, 0 // It departs from nothing.
	}
	h := &shrinking{subject: s, ctx: ctx, cause: cause}
	p := h.shrink(plans)
	return p, h.runs
}

func (h *shrinking) shrink(plans map[Base]*Plan) *Plan { return h.shorter(h.small(plans)) }

// small is a schedule of few departures.
func (h *shrinking) small(plans map[Base]*Plan) *Plan {
	h.most = maxShrinkRuns - shorterRuns
	if p := h.waits(plans[Oldest], maxShrinkRuns/2); p != nil {
		return p
	}
	var smallest *Plan
	for i, base := range bases {
		h.most = h.runs + (maxShrinkRuns-shorterRuns-h.runs)/(len(bases)-i)
		if p := h.fewer(plans[base]); smallest == nil || len(p.Departures) < len(smallest.Departures) {
			smallest = p
		}
	}
	return smallest
}

// fails runs a plan with other departures. It returns the plan with those that were possible,
// or nil if it does not fail with the cause.
func (h *shrinking) fails(p *Plan, departures []Departure) *Plan {
	if h.runs >= h.most || h.ctx.Err() != nil {
		return nil
	}
	h.runs++
	f := &follow{base: p.Base, departures: departures}
	o := h.try(h.ctx, p.Seed, f)
	if !o.failed() || o.cause() != h.cause {
		return nil
	}
	tried := *p
	tried.Departures = f.possible()
	return &tried
}

// waits looks for one step which it suffices to have wait, in so many runs at most. It begins
// with the last.
func (h *shrinking) waits(p *Plan, most int) *Plan {
	if none := h.fails(p, nil); none != nil {
		return none
	}
	f := &choosing{follow: follow{base: p.Base}}
	h.runs++
	h.try(h.ctx, p.Seed, f)
	for _, d := range slices.Backward(f.others(0)) {
		if d.Waits == 0 {
			continue
		}
		if h.runs >= most {
			break
		}
		if one := h.fails(p, []Departure{d}); one != nil {
			return one
		}
	}
	return nil
}

// fewer removes departures as long as the run fails with the same cause (delta debugging,
// Zeller 2002).
func (h *shrinking) fewer(smallest *Plan) *Plan {
	for parts := 2; len(smallest.Departures) > 0; {
		parts = min(parts, len(smallest.Departures))
		if p := h.without(smallest, parts); p != nil {
			smallest, parts = p, max(parts-1, 2)
			continue
		}
		if parts == len(smallest.Departures) {
			break
		}
		parts *= 2
	}
	return smallest
}

// without tries to do without one of so many parts.
func (h *shrinking) without(p *Plan, parts int) *Plan {
	all := p.Departures
	if len(all) == 1 {
		return h.fails(p, nil)
	}
	for i := range parts {
		from, to := i*len(all)/parts, (i+1)*len(all)/parts
		if fewer := h.fails(p, slices.Concat(all[:from], all[to:])); fewer != nil {
			return fewer
		}
	}
	return nil
}

// shorter has those who wait do so for as few steps as it takes.
func (h *shrinking) shorter(p *Plan) *Plan {
	h.most = maxShrinkRuns
	for i := range p.Departures {
		if p.Departures[i].Waits == 0 {
			continue
		}
		for from, to := 0, h.waited(p, i); from+1 < to; {
			middle := (from + to) / 2
			fewer := slices.Clone(p.Departures)
			fewer[i].Waits = middle
			if tried := h.fails(p, fewer); tried != nil && len(tried.Departures) == len(fewer) {
				p, to = tried, middle
			} else {
				from = middle
			}
		}
	}
	return p
}

// waited is for how many steps somebody waits.
func (h *shrinking) waited(p *Plan, departure int) int {
	f := &follow{base: p.Base, departures: p.Departures}
	h.runs++
	h.try(h.ctx, p.Seed, f)
	if departure >= len(f.made) {
		return 0
	}
	return len(f.made[departure].Others)
}
