package timeline

import (
	"bytes"
	"html/template"
	"time"
)

// Cell is the outcome of one scenario on one engine.
type Cell struct {
	Scenario, Engine string
	// Verdict is that of the run: passed, failed, known-failure or unsupported.
	Verdict string
	// Text is one line that says why it did not pass.
	Text string
	// Page is the address of the run's page, relative to the index; empty if there is none.
	Page    string
	Elapsed time.Duration
}

// index is what the index page shows.
type index struct {
	Title   string
	Engines []string
	Rows    []indexRow
	Counts  []indexCount
	Style   template.CSS
	Script  template.JS
	Policy  string
}

type indexRow struct {
	Scenario string
	// Cells has one for each engine; nil where the scenario did not run on it.
	Cells []*Cell
}

type indexCount struct {
	Verdict string
	N       int
}

// Symbol says the verdict without colour.
func (c *Cell) Symbol() string { return verdictSymbol(c.Verdict) }

// Symbol says the verdict without colour.
func (c indexCount) Symbol() string { return verdictSymbol(c.Verdict) }

func verdictSymbol(verdict string) string {
	switch verdict {
	case "passed":
		return "✓"
	case "failed":
		return "✗"
	case "unsupported":
		return "–"
	}
	return "~"
}

// Index returns an HTML page of the outcomes of scenarios on engines, a symbol each, with links to
// the pages of runs. It shows the outcomes of any two engines that differ side by side. Like Page,
// it is one file and needs no network. Scenarios and engines keep the order of the cells.
func Index(title string, cells []Cell) ([]byte, error) {
	all := index{Title: title}
	all.fill(cells)
	style, err := joined("theme.css", "index.css")
	if err != nil {
		return nil, err
	}
	script, err := joined("strict.js", "index.js")
	if err != nil {
		return nil, err
	}
	all.Style, all.Script, all.Policy = template.CSS(style), template.JS(script), policy(style, script)
	var page bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&page, "index.html", all); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

func (x *index) fill(cells []Cell) {
	engines, rows, counts := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range cells {
		place(engines, c.Engine, func() { x.Engines = append(x.Engines, c.Engine) })
		place(rows, c.Scenario, func() { x.Rows = append(x.Rows, indexRow{Scenario: c.Scenario}) })
	}
	for i := range x.Rows {
		x.Rows[i].Cells = make([]*Cell, len(x.Engines))
	}
	for i := range cells {
		c := &cells[i]
		x.Rows[rows[c.Scenario]].Cells[engines[c.Engine]] = c
		at := place(counts, c.Verdict, func() { x.Counts = append(x.Counts, indexCount{Verdict: c.Verdict}) })
		x.Counts[at].N++
	}
}

// place is the place of a name, which it gives one by add if the name is new.
func place(places map[string]int, name string, add func()) int {
	at, known := places[name]
	if !known {
		at = len(places)
		places[name] = at
		add()
	}
	return at
}
