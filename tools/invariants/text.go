package invariants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
)

// lineWidth bounds the lines of Text: reports indent them.
const lineWidth = 84

// MostShown is how many entries of a result are shown.
const MostShown = 8

// Text returns the entries that show how an invariant is broken, a line each: when, who, what,
// and the ids of events. Lines have at most 84 characters and no newline follows the last one.
func (r Result) Text(run *recording.Run) string {
	var lines []string
	for i, e := range r.Entries {
		if i == MostShown {
			lines = append(lines, fmt.Sprintf("and %d more", len(r.Entries)-MostShown))
			break
		}
		lines = append(lines, lineOf(run, &e))
	}
	return strings.Join(lines, "\n")
}

func lineOf(run *recording.Run, e *recording.Entry) string {
	line := fmt.Sprintf("%9s  %s %s", brief.Duration(e.At), driverOf(run, e.Driver), verb(e))
	add := func(what string, given bool) {
		if given {
			line += " " + what
		}
	}
	add(brief.Name(shortEvent(e.Event)), e.Event != "")
	add("for "+e.Peer, e.Peer != "" && (e.Kind == recording.Sent || e.Outgoing))
	add("from "+e.Peer, e.Peer != "" && e.Kind != recording.Sent && !e.Outgoing)
	add(e.Text, e.Text != "")
	add(e.Value, e.Value != "")
	add(idsOf(e), !e.ID.IsZero())
	add("answers "+e.Answers.String(), !e.Answers.IsZero())
	if e.Error != "" {
		line += ": " + e.Error
	}
	return clip(strings.Join(strings.Fields(line), " "), lineWidth, line)
}

// clip cuts a line, and keeps its indentation.
func clip(words string, most int, line string) string {
	words = line[:len(line)-len(strings.TrimLeft(line, " "))] + words
	if all := []rune(words); len(all) > most {
		return string(all[:most-1]) + "…"
	}
	return words
}

func idsOf(e *recording.Entry) string {
	if e.Count > 1 {
		return fmt.Sprintf("%s to %d", e.ID, lastOf(e))
	}
	return e.ID.String()
}

func driverOf(run *recording.Run, driver int) string {
	if driver < 0 || driver >= len(run.Drivers) {
		return "the run"
	}
	return run.Drivers[driver].Name
}

// verb says what the driver did with an event.
func verb(e *recording.Entry) string {
	if e.Kind == recording.Taken {
		return "took"
	}
	return string(e.Kind)
}

// shortEvent drops the path of an import path.
func shortEvent(event string) string { return event[strings.LastIndexByte(event, '/')+1:] }

// name is how a text calls one event: its type and, unless it is a request, its number.
func name(event string, sequence uint64) string {
	if isRequest(sequence) {
		return "request " + shortEvent(event)
	}
	return fmt.Sprintf("%s %d", shortEvent(event), sequence)
}

// shown are the entries of these indices, in order.
func (h *history) shown(indices ...int) (entries []recording.Entry) {
	slices.Sort(indices)
	for _, i := range slices.Compact(indices) {
		if i != none {
			entries = append(entries, h.Entries[i])
		}
	}
	return entries
}

func (h *history) driver(i int) string { return driverOf(h.Run, i) }
