// Package matrix prints results as a table of scenarios and engines: a line for each
// scenario, a letter for each engine, and one symbol where they meet.
package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// Options are how a table looks.
type Options struct {
	// Width is how many characters a line may have.
	Width int
	// Times adds the seconds of each line.
	Times bool
	Style terminal.Style
}

const (
	// folds is how many scenarios a table has at most without folding topics: with the
	// legends it still fits a screen of 24 lines.
	folds = 12
	// minName is how much room the names have at least. Engines that leave less of a line
	// are in further tables.
	minName = 24
)

// Text returns the table of a document.
//
// With many scenarios, those of one topic (the part of the name before the slash) share a
// line. Those among them that failed have lines of their own below it.
func Text(d *reports.Document, o Options) string {
	t := &table{Document: d, Options: o, outcomes: map[[2]string]*reports.Outcome{}}
	for _, o := range d.Outcomes {
		t.outcomes[[2]string{o.Scenario, o.Engine}] = o
	}
	rows := t.rows()
	var b strings.Builder
	for block := range slices.Chunk(t.columns(), t.perBlock()) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		t.write(&b, rows, block)
	}
	for _, line := range slices.Concat(fill(t.symbols(rows), "   ", o.Width), t.engines()) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

type table struct {
	*reports.Document
	Options
	outcomes map[[2]string]*reports.Outcome // by scenario and engine
}

// row is a line: one scenario, or those of a topic.
type row struct {
	name      string
	scenarios []string
	topic     bool
}

// rows returns the lines from top to bottom.
func (t *table) rows() []row {
	var rows []row
	if !t.folded() {
		for _, s := range t.Scenarios {
			rows = append(rows, row{name: s.Name, scenarios: []string{s.Name}})
		}
		return rows
	}
	topics := map[string]int{}
	for _, s := range t.Scenarios {
		topic, _, _ := strings.Cut(s.Name, "/")
		at, known := topics[topic]
		if !known {
			at = len(rows)
			topics[topic] = at
			rows = append(rows, row{name: topic, topic: true})
		}
		rows[at].scenarios = append(rows[at].scenarios, s.Name)
	}
	return t.unfold(rows)
}

// unfold adds a line for each scenario that did not pass.
func (t *table) unfold(topics []row) []row {
	failed := map[string]bool{}
	for _, o := range t.Outcomes {
		if o.Verdict == runner.Failed || o.Verdict == runner.Known {
			failed[o.Scenario] = true
		}
	}
	var rows []row
	for _, topic := range topics {
		rows = append(rows, topic)
		for _, name := range topic.scenarios {
			if failed[name] {
				short := "  " + strings.TrimPrefix(name, topic.name+"/")
				rows = append(rows, row{name: short, scenarios: []string{name}})
			}
		}
	}
	return rows
}

// column is an engine with its letter.
type column struct{ letter, name string }

// letters name engines. If there are more, two letters do.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func (t *table) columns() []column {
	all := make([]column, len(t.Engines))
	for i, e := range t.Engines {
		all[i] = column{letters[i%len(letters) : i%len(letters)+1], e.Name}
		if len(t.Engines) > len(letters) {
			all[i].letter = letters[i/len(letters):i/len(letters)+1] + all[i].letter
		}
	}
	return all
}

// cell is how wide a column is.
func (t *table) cell() int {
	if len(t.Engines) > len(letters) {
		return 3
	}
	return 2
}

// perBlock is how many engines fit into the width.
func (t *table) perBlock() int {
	room := t.Width - minName - t.countWidth() - t.timesWidth()
	return max(1, room/t.cell())
}

// countWidth is how wide the counts of scenarios are, which only topics have.
func (t *table) countWidth() int {
	if t.folded() {
		return 5
	}
	return 1
}

func (t *table) folded() bool { return len(t.Scenarios) > folds }

func (t *table) timesWidth() int {
	if t.Times {
		return len(t.times(nil, nil))
	}
	return 0
}

// write writes the lines for some engines.
func (t *table) write(b *strings.Builder, rows []row, block []column) {
	width := t.nameWidth(rows, len(block))
	line := func(name, count, cells, times string) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s%*s %s%s", name, t.countWidth()-1, count, cells, times), " ") + "\n")
	}
	head := ""
	for _, c := range block {
		head += fmt.Sprintf("%*s", t.cell(), c.letter)
	}
	times := ""
	if t.Times {
		times = "   seconds   slowest"
	}
	line(strings.Repeat(" ", width), "", t.Style.Paint(terminal.Bold, head), times)
	for _, r := range rows {
		cells, times := "", ""
		for _, c := range block {
			s := t.symbol(r, c.name)
			cells += strings.Repeat(" ", t.cell()-1) + t.Style.Paint(colours[s], string(s))
		}
		if t.Times {
			times = t.times(&r, block)
		}
		count := ""
		if r.topic {
			count = fmt.Sprint(len(r.scenarios))
		}
		line(pad(r.name, width), count, cells, times)
	}
}

// nameWidth is how wide the names are.
func (t *table) nameWidth(rows []row, engines int) int {
	longest := 0
	for _, r := range rows {
		longest = max(longest, utf8.RuneCountInString(r.name))
	}
	return min(longest, max(minName, t.Width-t.countWidth()-engines*t.cell()-t.timesWidth()))
}

// pad makes a text as wide as that. A longer one loses its middle.
func pad(text string, width int) string {
	runes := []rune(text)
	if more := len(runes) - width; more > 0 {
		head := width / 2
		return string(runes[:head]) + "…" + string(runes[head+more+1:])
	}
	return text + strings.Repeat(" ", width-len(runes))
}

// times returns the seconds of a line, and the slowest cell with its engine. A nil row has
// text of the same width.
func (t *table) times(r *row, block []column) string {
	total, slowest, letter := 0.0, 0.0, ""
	if r != nil {
		for _, c := range block {
			for _, name := range r.scenarios {
				o := t.outcomes[[2]string{name, c.name}]
				if o == nil || o.Verdict == runner.Unsupported {
					continue
				}
				if total += o.Median; letter == "" || o.Median > slowest {
					slowest, letter = o.Median, c.letter
				}
			}
		}
	}
	return fmt.Sprintf("%10.2f%8.2f %-*s", total, slowest, t.cell()-1, cmp.Or(letter, " "))
}
