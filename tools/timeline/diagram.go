package timeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Diagram draws what drivers declare, without running them: a lane for each driver with its
// actions, and lines through the drivers that wait for each other. Actions on one line happen in
// any order. Lines of drivers that do not fit are left out, and the last line says so.
func Diagram(all []*drivers.Driver, options Options) string {
	if len(all) == 0 {
		return "no drivers\n"
	}
	l := newLanes(options.columns(), 0, len(all))
	l.place(upTo(l.fit))
	lines := []string{l.header(func(d int) string { return all[d].Name() })}
	for _, r := range plan(all) {
		if r, ok := r.among(l.drivers); ok {
			lines = append(lines, l.drawPlanned(r))
		}
	}
	if left := len(all) - l.fit; left > 0 {
		lines = append(lines, brief.Plural(left, "other driver")+" not shown")
	}
	return strings.Join(lines, "\n") + "\n"
}

// DiagramMermaid is Diagram as a Mermaid sequence diagram. Where a diagram would be larger than
// Mermaid takes, it ends earlier, and its last line says so.
func DiagramMermaid(all []*drivers.Driver) string {
	var out strings.Builder
	out.WriteString("sequenceDiagram\n")
	for i, d := range all {
		fmt.Fprintf(&out, "    participant %s as %s\n", participant(i), mermaidText(d.Name()))
	}
	rows := plan(all)
	for i, r := range rows {
		statements := r.mermaid()
		if out.Len()+len(statements) > mermaidSize {
			fmt.Fprintf(&out, "    Note over %s: %s left out\n", over([]int{0, len(all) - 1}), brief.Plural(len(rows)-i, "line"))
			break
		}
		out.WriteString(statements)
	}
	return out.String()
}

// mermaid is the line as statements of a sequence diagram.
func (p planned) mermaid() string {
	var out strings.Builder
	for d, text := range p.steps {
		if text != "" {
			fmt.Fprintf(&out, "    Note over %s: %s\n", participant(d), mermaidText(text))
		}
	}
	switch {
	case p.meet == nil:
	case p.meet.kind == meetRow:
		fmt.Fprintf(&out, "    Note over %s: ◆ %s\n", over(p.meet.others), mermaidText(p.meet.text))
	default:
		fmt.Fprintf(&out, "    %s-)%s: %s\n", participant(p.meet.driver), participant(p.meet.others[0]), mermaidText(p.meet.text))
	}
	return out.String()
}

// planned is one line of a diagram: a step of each driver, or where drivers meet.
type planned struct {
	// steps has the text of each driver's step, empty where it has none.
	steps []string
	meet  *row
}

// among is what the line says of some drivers, if anything.
func (p planned) among(shown []int) (planned, bool) {
	if p.meet == nil {
		return p, slices.ContainsFunc(shown, func(d int) bool { return p.steps[d] != "" })
	}
	rows := among([]row{*p.meet}, shown)
	if len(rows) == 0 {
		return p, false
	}
	return planned{meet: &rows[0]}, true
}

func (l *lanes) drawPlanned(p planned) string {
	line := l.lifelines()
	switch {
	case p.meet == nil:
		for i, d := range l.drivers {
			if text := p.steps[d]; text != "" {
				line.put(l.x[i], "┃ "+clip(text, l.width-3))
			}
		}
	case p.meet.kind == meetRow:
		l.meet(line, *p.meet)
	default:
		l.arrow(line, *p.meet)
	}
	return line.String()
}

// planner walks through what all drivers declare, as a run would.
type planner struct {
	all    []*drivers.Driver
	points map[engine.Point][]int
	next   []int
	// sent counts how often each driver has reached a point for which others wait.
	sent map[engine.Point]map[int]int
	// awaited counts how often each driver has waited at one.
	awaited map[engine.Point]map[int]int
	rows    []planned
}

// plan puts the steps of all drivers in an order in which they can happen.
func plan(all []*drivers.Driver) []planned {
	p := &planner{all: all, points: drivers.Points(all), next: make([]int, len(all)),
		sent: map[engine.Point]map[int]int{}, awaited: map[engine.Point]map[int]int{}}
	first := planned{}
	for _, d := range all {
		first.steps = append(first.steps, fmt.Sprintf("0 %v", d.Initializer()))
	}
	p.rows = append(p.rows, first)
	for p.remaining() {
		p.free()
		if !p.checkpoint() && !p.await() {
			p.force()
		}
	}
	return p.rows
}
