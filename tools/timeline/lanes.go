package timeline

import (
	"slices"
	"strings"
	"time"
)

const (
	// timeColumns is the width of the times on the left.
	timeColumns = 12
	// laneColumns is the least width of a lane.
	laneColumns = 16
	// widestLane keeps the lanes of two drivers near to each other.
	widestLane = 29
)

// lanes are where the lifelines of a text stand.
type lanes struct {
	columns, left, width, fit int
	drivers                   []int
	// x has the column of each lifeline.
	x []int
}

// newLanes makes lanes to the right of the column left.
func newLanes(columns, left, drivers int) *lanes {
	return &lanes{columns: columns, left: left, fit: min(drivers, max(1, (columns-left)/laneColumns))}
}

func (l *lanes) place(drivers []int) {
	l.drivers = drivers
	l.width = min(widestLane, (l.columns-l.left)/len(drivers))
	for i := range drivers {
		l.x = append(l.x, l.left+i*l.width)
	}
}

// of is the column of the driver's lifeline; that of the first for the run as a whole.
func (l *lanes) of(driver int) int {
	if i := slices.Index(l.drivers, driver); i >= 0 {
		return l.x[i]
	}
	return l.x[0]
}

func (l *lanes) header(name func(driver int) string) string {
	line := l.blank()
	for i, d := range l.drivers {
		line.put(l.x[i], clip(oneLine(name(d)), l.width-1))
	}
	return line.String()
}

// cells is one line of text.
type cells []rune

func (l *lanes) blank() cells { return cells(strings.Repeat(" ", l.columns)) }

func (c cells) put(x int, text string) {
	for i, r := range []rune(text) {
		if at := x + i; at >= 0 && at < len(c) {
			c[at] = r
		}
	}
}

func (c cells) String() string { return strings.TrimRight(string(c), " ") }

func (l *lanes) lifelines() cells {
	line := l.blank()
	for _, x := range l.x {
		line[x] = '│'
	}
	return line
}

func (l *lanes) draw(r row) string {
	line := l.lifelines()
	line.put(0, rightAligned(moment(r.at), timeColumns-3))
	switch r.kind {
	case gapRow:
		line.put(0, rightAligned("⋮", timeColumns-3)+strings.Repeat(" ", timeColumns-9))
		line.put(l.x[0]+2, r.text)
	case messageRow, lostRow:
		l.arrow(line, r)
	case meetRow:
		l.meet(line, r)
	default:
		l.note(line, r)
	}
	return line.String()
}

func rightAligned(text string, n int) string {
	return strings.Repeat(" ", max(0, n-len([]rune(text)))) + text
}

// note writes beside the lifeline: to the right if there is room, or to the left.
func (l *lanes) note(line cells, r row) {
	x := l.of(r.driver)
	line.put(x, r.symbol)
	text := []rune(r.text)
	right, left := l.columns-x-2, x-l.left-2
	if len(text) > right && len(text) <= left || right < 12 && left > right {
		text = []rune(clip(r.text, left))
		line.put(x-1-len(text), string(text))
		return
	}
	line.put(x+2, clip(r.text, right))
	if end := x + 2 + len(text); end < l.columns && line[end] != ' ' && slices.Contains(l.x, end) {
		line.put(end, " ")
	}
}

// arrow draws from the sender's lifeline to the receiver's, or to a cross.
func (l *lanes) arrow(line cells, r row) {
	from, to := l.of(r.driver), l.of(r.others[0])
	a, b := min(from, to), max(from, to)
	shaft := '─'
	if r.answer {
		shaft = '╌'
	}
	for x := a + 1; x < b; x++ {
		line[x] = shaft
	}
	text := r.text
	if r.late >= time.Millisecond {
		text += " after " + length(r.late)
	}
	l.label(line, a+2, b-2, text)
	if from < to {
		line[from], line[to-1] = '├', '▶'
	} else {
		line[from], line[to+1] = '┤', '◀'
	}
	if r.kind == lostRow {
		line[to+sign(from-to)] = '✗'
	}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// label writes in the middle between two columns.
func (l *lanes) label(line cells, from, to int, text string) {
	text = clip(text, to-from-2)
	line.put(from+(to-from-len([]rune(text))-2)/2+1, " "+text+" ")
}

// meet draws a line through the drivers that go on together.
func (l *lanes) meet(line cells, r row) {
	var at []int
	for _, d := range r.others {
		at = append(at, l.of(d))
	}
	a, b := slices.Min(at), slices.Max(at)
	if a == b {
		l.note(line, r)
		return
	}
	for x := a + 1; x < b; x++ {
		line[x] = '═'
	}
	from, to := widest(at)
	l.label(line, from+1, to, r.text)
	for _, x := range at {
		line.put(x, r.symbol)
	}
}

// widest are the two neighbouring columns that are farthest apart.
func widest(at []int) (from, to int) {
	slices.Sort(at)
	for i := range at[1:] {
		if at[i+1]-at[i] > to-from {
			from, to = at[i], at[i+1]
		}
	}
	return from, to
}
