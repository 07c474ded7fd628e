package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

type rowKind int

const (
	noteRow    rowKind = iota // something at one driver
	stepRow                   // a driver begins a step
	messageRow                // an arrow
	lostRow                   // an arrow that does not arrive
	meetRow                   // drivers that go on together
	failRow                   // the failure
	gapRow                    // what is left out, or nothing
)

// row is one line of a sequence diagram.
type row struct {
	kind   rowKind
	at     time.Duration
	entry  int
	driver int
	// others are the receiver of a message, or all that meet.
	others []int
	symbol string
	text   string
	// late is how long a message was under way.
	late   time.Duration
	answer bool
	// pinned rows are shown even where there is little room.
	pinned bool
}

// story is what happened, a row each, up to the failure if there is one.
func (m *model) story() []row {
	rows := slices.Concat(m.stepRows(), m.messageRows(), m.meetRows(), m.noteRows())
	if f := m.failure; f != nil {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.entry > f.entry || r.at > f.At })
		rows = append(rows, row{kind: failRow, at: f.At, entry: len(m.Entries), driver: f.Driver, symbol: "✗", text: oneLine(f.Text), pinned: true})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.at, b.at), a.entry-b.entry) })
	return rows
}

func (m *model) stepRows() (rows []row) {
	for i, s := range m.spans {
		pinned := m.failure != nil && m.failure.span == i
		if s.depth == 0 || pinned {
			rows = append(rows, row{kind: stepRow, at: s.begin, entry: s.entry, driver: s.driver, symbol: "┃",
				text: fmt.Sprintf("%d %s", s.step, oneLine(s.text)), pinned: pinned})
		}
	}
	return rows
}

func (m *model) messageRows() (rows []row) {
	for _, a := range m.messages {
		r := row{kind: messageRow, at: a.until, entry: a.received, driver: a.from, others: []int{a.to},
			text: a.text(), late: a.until - a.at, answer: a.answer}
		if a.lost() {
			r.kind, r.at, r.entry = lostRow, a.at, a.sent
		}
		rows = append(rows, r)
	}
	return rows
}

// text is what stands at the arrow.
func (a *message) text() string {
	if a.endpoints == "" {
		return counted(a.event, a.count)
	}
	return counted(a.event, a.count) + " (" + strings.Join(a.foreign, ", ") + ")"
}

func (m *model) meetRows() (rows []row) {
	for _, p := range m.meetings {
		r := row{kind: meetRow, at: p.at, entry: p.entry, driver: p.drivers[0], others: p.drivers, symbol: "◆", text: oneLine(p.point)}
		if p.err != "" {
			r.symbol, r.text = "✗", r.text+" is broken"
		}
		rows = append(rows, r)
	}
	return rows
}

func (m *model) noteRows() (rows []row) {
	for i := range m.Entries {
		e := &m.Entries[i]
		as := lookOf(e.Kind)
		if as.told || e.Kind == recording.Handled && e.Error != "" || m.saysWhy(e) {
			rows = append(rows, row{kind: noteRow, at: e.At, entry: i, driver: e.Driver, symbol: as.symbol, text: describe(e)})
		}
	}
	return rows
}

// saysWhy reports whether e is what the failed driver printed.
func (m *model) saysWhy(e *recording.Entry) bool {
	return m.failure != nil && m.failure.Driver == e.Driver && (e.Kind == recording.Output || e.Kind == recording.Logged)
}

// among leaves the rows of those drivers, and of each row what concerns them.
func among(rows []row, chosen []int) (kept []row) {
	shown := map[int]bool{}
	for _, d := range chosen {
		shown[d] = true
	}
	for _, r := range rows {
		others := slices.DeleteFunc(slices.Clone(r.others), func(d int) bool { return !shown[d] })
		isMessage := r.kind == messageRow || r.kind == lostRow
		switch {
		case r.kind == meetRow && len(others) > 0:
			r.driver, r.others = others[0], others
			kept = append(kept, r)
		case r.driver < 0 || shown[r.driver] && !isMessage, isMessage && shown[r.driver] && len(others) > 0:
			kept = append(kept, r)
		}
	}
	return kept
}
