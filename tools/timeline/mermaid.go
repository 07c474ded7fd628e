package timeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

const (
	// mermaidRows is how many arrows and notes can still be read in an issue.
	mermaidRows = 60
	// mermaidDrivers is how many participants can.
	mermaidDrivers = 8
	// mermaidLetters is how many letters of a text can.
	mermaidLetters = 160
	// mermaidSize is how many bytes a diagram may have. Mermaid refuses more than 50,000 characters.
	mermaidSize = 48_000
)

// Mermaid draws the last events of a run as a Mermaid sequence diagram, which issues and pull
// requests show. It suits short runs: where there are too many events or drivers, it shows the
// last ones and those that matter, and says how many it leaves out.
func Mermaid(run *recording.Run) string {
	m := newModel(run)
	var out strings.Builder
	out.WriteString("sequenceDiagram\n")
	if len(m.Drivers) == 0 {
		return out.String()
	}
	chosen := m.choose(mermaidDrivers)
	for _, d := range chosen {
		fmt.Fprintf(&out, "    participant %s as %s\n", participant(d), mermaidText(m.name(d)))
	}
	all, across := m.story(), over(chosen)
	kept := lastRows(among(all, chosen), mermaidRows)
	if left := len(all) - len(kept); left > 0 {
		fmt.Fprintf(&out, "    Note over %s: %s left out\n", across, brief.Plural(left, "event"))
	}
	for i, r := range kept {
		if i > 0 {
			if quiet := m.quiet(kept[i-1].at, r.at); quiet >= idle {
				fmt.Fprintf(&out, "    Note over %s: %s of nothing\n", across, length(quiet))
			}
		}
		fmt.Fprintf(&out, "    %s\n", mermaidRow(r, chosen))
	}
	if stopped := m.stopped(); len(stopped) > 0 {
		fmt.Fprintf(&out, "    Note over %s: %s stopped because of it\n", across, brief.Plural(len(stopped), "driver"))
	}
	return out.String()
}

// lastRows are the last n rows, and the pinned ones.
func lastRows(rows []row, n int) (kept []row) {
	for _, i := range latest(rows, min(n, len(rows))) {
		kept = append(kept, rows[i])
	}
	return kept
}

func participant(driver int) string { return fmt.Sprintf("d%d", driver) }

// over names the first and the last participant, over which a note may stand.
func over(drivers []int) string {
	first, last := slices.Min(drivers), slices.Max(drivers)
	if first == last {
		return participant(first)
	}
	return participant(first) + "," + participant(last)
}

func mermaidRow(r row, chosen []int) string {
	text := mermaidText(r.text)
	driver := r.driver
	if !slices.Contains(chosen, driver) {
		driver = chosen[0]
	}
	switch r.kind {
	case messageRow, lostRow:
		return fmt.Sprintf("%s%s%s: %s", participant(driver), mermaidArrow(r), participant(r.others[0]), text)
	case meetRow:
		return fmt.Sprintf("Note over %s: %s %s", over(r.others), r.symbol, text)
	case failRow:
		return fmt.Sprintf("Note over %s: ✗ %s", participant(driver), text)
	case stepRow:
		return fmt.Sprintf("Note over %s: %s", participant(driver), text)
	}
	return fmt.Sprintf("Note over %s: %s %s", participant(driver), r.symbol, text)
}

// mermaidArrow is solid for an event, dashed for an answer, and ends with a cross where nothing arrived.
func mermaidArrow(r row) string {
	line, head := "-", ">>"
	if r.answer {
		line = "--"
	}
	if r.kind == lostRow {
		head = "x"
	}
	return line + head
}

// mermaidEscapes are for what ends a statement, or begins an entity, a tag, a comment, a directive,
// a formula or an option of a text.
var mermaidEscapes = strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "%%", "#37;#37;", "$$", "#36;#36;", "wrap:", "wrap#58;")

func mermaidText(text string) string {
	return mermaidEscapes.Replace(clip(oneLine(text), mermaidLetters))
}
