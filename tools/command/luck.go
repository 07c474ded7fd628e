package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// raced is what a scenario had by luck, with the engines on which it had.
type raced struct {
	drivers.Race
	engines []string
}

// luck writes what passed by luck, by scenario.
func (t *table) luck(b *strings.Builder) {
	for _, s := range t.document.Scenarios {
		var all []raced
		for _, o := range t.document.Outcomes {
			if o.Scenario != s.Name {
				continue
			}
			for _, race := range o.Races {
				all = withRace(all, race, o.Engine)
			}
		}
		if len(all) > 0 {
			fmt.Fprintf(b, "\n%s %s (%s)\n", t.options.Style.Paint(terminal.Yellow, "PASSED BY LUCK"), s.Name, s.Location)
		}
		for _, race := range all {
			b.WriteString(t.paragraph("on "+strings.Join(race.engines, ", ")+": "+race.Text, "  ") + t.paragraph(race.Remedy, "    "))
		}
	}
	if t.doubts {
		t.unlooked(b)
	}
}

// unlooked lists the runs of which it is not known whether they passed by luck, and why.
func (t *table) unlooked(b *strings.Builder) {
	var reasons []string
	of := map[string][]string{}
	for _, o := range t.document.Outcomes {
		if o.Unlooked == "" {
			continue
		}
		if of[o.Unlooked] == nil {
			reasons = append(reasons, o.Unlooked)
		}
		of[o.Unlooked] = append(of[o.Unlooked], o.Scenario+" on "+o.Engine)
	}
	for _, reason := range reasons {
		b.WriteString("\n" + t.paragraph("Whether these passed by luck is not known, because "+reason+":", "") + t.paragraph(brief.List(of[reason]), "  "))
	}
}

func withRace(all []raced, race drivers.Race, engine string) []raced {
	i := slices.IndexFunc(all, func(r raced) bool { return r.IsLike(race) })
	if i < 0 {
		return append(all, raced{race, []string{engine}})
	}
	all[i].engines = append(all[i].engines, engine)
	return all
}

// paragraph is indented text.
func (t *table) paragraph(text, by string) string {
	lines := brief.Wrap(text, max(40, min(t.options.Width, 120)-len(by)))
	return by + strings.ReplaceAll(strings.TrimRight(lines, "\n"), "\n", "\n"+by) + "\n"
}

// lucky counts the outcomes that passed by luck.
func (t *table) lucky() (n int) {
	for _, o := range t.document.Outcomes {
		if isLucky(o) {
			n++
		}
	}
	return n
}

func isLucky(o *reports.Outcome) bool { return o.Verdict == runner.Passed && len(o.Races) > 0 }
