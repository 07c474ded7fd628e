package timeline

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

// Options are how Text draws. The zero value is what reports use.
type Options struct {
	// Columns and Lines bound the text: 100 and 30 where they are 0, and at least 40 and 6.
	Columns, Lines int
}

func (o Options) columns() int { return bounded(o.Columns, 100, 40) }
func (o Options) lines() int   { return bounded(o.Lines, 30, 6) }

func bounded(n, usual, least int) int {
	if n == 0 {
		n = usual
	}
	return max(n, least)
}

// Text draws the last events before the run's failure, or its last events if it has none, as a
// sequence diagram with a lifeline for each driver. Where there are more drivers than fit, it
// shows those that matter to the failure. The lines end without spaces; the last one ends with a
// newline.
func Text(run *recording.Run, options Options) string {
	return newModel(run).text(options)
}

func (m *model) text(o Options) string {
	if len(m.Drivers) == 0 || len(m.Entries) == 0 {
		return "nothing was recorded\n"
	}
	lanes := newLanes(o.columns(), timeColumns, len(m.Drivers))
	lanes.place(m.choose(lanes.fit))
	rest := m.rest(len(lanes.x))
	room := o.lines() - 1 - len(rest)
	lines := []string{lanes.header(m.name)}
	for _, r := range m.last(among(m.story(), lanes.drivers), room) {
		lines = append(lines, lanes.draw(r))
	}
	for _, line := range rest {
		lines = append(lines, clip(line, o.columns()))
	}
	return strings.Join(lines, "\n") + "\n"
}

// rest says what the diagram leaves out: drivers without a lifeline, and how the others ended.
func (m *model) rest(shown int) (lines []string) {
	indent := strings.Repeat(" ", timeColumns)
	if n := len(m.Drivers) - shown; n > 0 {
		lines = append(lines, fmt.Sprintf("%s%s not shown", indent, brief.Plural(n, "other driver")))
	}
	if n := m.lost(); n > 0 {
		lines = append(lines, fmt.Sprintf("%sthe first %s not kept", indent, entries(n)))
	}
	if stopped := m.stopped(); len(stopped) > 0 {
		lines = append(lines, indent+brief.Plural(len(stopped), "driver")+" stopped because of it: "+m.names(stopped, 5))
	}
	return lines
}

// entries says how many entries were.
func entries(n uint64) string {
	if n == 1 {
		return "1 entry was"
	}
	return fmt.Sprintf("%d entries were", n)
}

// names lists drivers, at most n of them by name.
func (m *model) names(drivers []int, n int) string {
	var all []string
	for _, d := range drivers[:min(n, len(drivers))] {
		all = append(all, m.name(d))
	}
	if more := len(drivers) - n; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}
