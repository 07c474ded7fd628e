package matrix

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/runner"
)

// symbol says what came of a line on one engine. It carries the meaning without a colour.
type symbol rune

const (
	passed      symbol = '.'
	supported   symbol = ':'
	unsupported symbol = '-'
	failed      symbol = 'x'
	known       symbol = '~'
	notRun      symbol = '?'
	notChosen   symbol = ' '
)

// meanings are in the order of the legend.
var meanings = []struct {
	symbol
	text string
}{{passed, "passed"}, {supported, "passed where supported"}, {unsupported, "unsupported"}, {failed, "failed"}, {known, "known to fail"}, {notRun, "not run"}}

var colours = map[symbol]terminal.Colour{passed: terminal.Green, supported: terminal.Green, unsupported: terminal.Dim, failed: terminal.Red,
	known: terminal.Yellow, notRun: terminal.Yellow}

// symbol returns that of a line on an engine: the worst of its scenarios decides.
func (t *table) symbol(r row, engineName string) symbol {
	counts := map[runner.Verdict]int{}
	missing := 0
	for _, name := range r.scenarios {
		if o := t.outcomes[[2]string{name, engineName}]; o != nil {
			counts[o.Verdict]++
		} else if t.Chosen(name, engineName) {
			missing++
		}
	}
	switch {
	case counts[runner.Failed] > 0:
		return failed
	case counts[runner.Known] > 0:
		return known
	case missing > 0:
		return notRun
	case len(counts) == 0:
		return notChosen
	case counts[runner.Passed] == 0:
		return unsupported
	case counts[runner.Unsupported] > 0:
		return supported
	}
	return passed
}

// symbols explains the symbols that the table has.
func (t *table) symbols(rows []row) []string {
	used := map[symbol]bool{}
	for _, r := range rows {
		for _, e := range t.Engines {
			used[t.symbol(r, e.Name)] = true
		}
	}
	var all []string
	for _, m := range meanings {
		if used[m.symbol] {
			all = append(all, fmt.Sprintf("%c %s", m.symbol, m.text))
		}
	}
	return all
}

// engines explains the letters, in columns.
func (t *table) engines() []string {
	width := 0
	for _, c := range t.columns() {
		width = max(width, utf8.RuneCountInString(c.letter+" "+c.name))
	}
	var all []string
	for _, c := range t.columns() {
		all = append(all, pad(c.letter+" "+c.name, width))
	}
	return fill(all, "   ", t.Width)
}

// fill puts texts into lines that are no wider than that.
func fill(texts []string, between string, width int) []string {
	var lines []string
	for _, text := range texts {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last]+between+strings.TrimRight(text, " ")) <= width {
			lines[last] += between + text
			continue
		}
		lines = append(lines, text)
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}
