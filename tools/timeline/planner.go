package timeline

import (
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// action is the driver's next action, nil where it has finished.
func (p *planner) action(d int) drivers.Action {
	if actions := p.all[d].Actions(); p.next[d] < len(actions) {
		return actions[p.next[d]]
	}
	return nil
}

// waits is the first point at which the driver's next action waits for others.
func (p *planner) waits(d int) (at engine.Point, ok bool) {
	a := p.action(d)
	if a == nil {
		return at, false
	}
	for _, m := range drivers.Meetings(a) {
		if m.Waits {
			return m.At, true
		}
	}
	return at, false
}

func (p *planner) remaining() bool {
	return slices.ContainsFunc(upTo(len(p.all)), func(d int) bool { return p.action(d) != nil })
}

// free adds lines of steps for as long as a driver has one that waits for nobody.
func (p *planner) free() {
	for {
		line, some := planned{steps: make([]string, len(p.all))}, false
		for d := range p.all {
			if _, waits := p.waits(d); !waits && p.action(d) != nil {
				line.steps[d], some = p.advance(d), true
			}
		}
		if !some {
			return
		}
		p.rows = append(p.rows, line)
	}
}

// advance passes over the driver's next action and returns its text.
func (p *planner) advance(d int) string {
	a := p.action(d)
	p.next[d]++
	for _, m := range drivers.Meetings(a) {
		if m.Reaches {
			count(p.sent, m.At, d)
		}
		if m.Waits {
			count(p.awaited, m.At, d)
		}
	}
	return fmt.Sprintf("%d %s", p.next[d], oneLine(a.String()))
}

func count(counts map[engine.Point]map[int]int, at engine.Point, d int) {
	if counts[at] == nil {
		counts[at] = map[int]int{}
	}
	counts[at][d]++
}

// checkpoint has the parties of a checkpoint at which all of them are go on, if there is one.
func (p *planner) checkpoint() bool {
	for d := range p.all {
		at, ok := p.waits(d)
		if !ok || at.Kind != engine.AtCheckpoint {
			continue
		}
		missing := func(party int) bool {
			there, waits := p.waits(party)
			return !waits || there != at
		}
		if parties := p.points[at]; len(parties) > 0 && !slices.ContainsFunc(parties, missing) {
			p.pass(parties)
			p.rows = append(p.rows, planned{meet: &row{kind: meetRow, driver: d, others: parties, symbol: "◆", text: at.String()}})
			return true
		}
	}
	return false
}

// pass advances drivers; where the point is part of a larger action, that one is told first.
func (p *planner) pass(parties []int) {
	line, some := planned{steps: make([]string, len(p.all))}, false
	for _, d := range parties {
		composed := len(innerOf(p.action(d))) > 0
		if text := p.advance(d); composed {
			line.steps[d], some = text, true
		}
	}
	if some {
		p.rows = append(p.rows, line)
	}
}

func innerOf(a drivers.Action) []drivers.Action {
	if composed, ok := a.(interface{ Inner() []drivers.Action }); ok {
		return composed.Inner()
	}
	return nil
}

// await has a driver go on for which all senders of a signal have come so far, if there is one.
func (p *planner) await() bool {
	for d := range p.all {
		at, ok := p.waits(d)
		if !ok || at.Kind == engine.AtCheckpoint || len(p.points[at]) == 0 {
			continue
		}
		late := func(sender int) bool {
			if at.Kind == engine.AtFinish {
				return p.action(sender) != nil
			}
			return p.sent[at][sender] <= p.awaited[at][d]
		}
		if senders := p.points[at]; !slices.ContainsFunc(senders, late) {
			p.pass([]int{d})
			for _, s := range senders {
				if s != d {
					p.rows = append(p.rows, planned{meet: &row{kind: messageRow, driver: s, others: []int{d}, text: at.String()}})
				}
			}
			return true
		}
	}
	return false
}

// force takes the next action of one driver that waits in vain: a scenario that cannot complete is
// drawn to its end all the same.
func (p *planner) force() {
	for d := range p.all {
		if p.action(d) != nil {
			line := planned{steps: make([]string, len(p.all))}
			line.steps[d] = p.advance(d)
			p.rows = append(p.rows, line)
			return
		}
	}
}
