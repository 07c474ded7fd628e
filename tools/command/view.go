package command

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/runner"
)

// view is the live view: how many runs have ended, and what the drivers of those do that
// take longer. It is plain lines, rewritten in place: golang.org/x/term knows the size of the
// terminal, and a framework would take Ctrl-C away from the signals that end drivers.
type view struct {
	total, done, failed int
	begun               time.Time
	flights             []*flight
}

const (
	// slowRun is after which time a run's drivers are shown: before that, nobody could read it.
	slowRun = 500 * time.Millisecond
	// maxLines bounds the view, and maxDrivers how many of one run are in it.
	maxLines   = 16
	maxDrivers = 4
)

// frame returns the lines of the view at that time, none wider than width.
func (v *view) frame(now time.Time, width, height int, style terminal.Style) []string {
	room := min(height, maxLines) - 1
	var lines []string
	rest := 0
	for _, f := range v.flights {
		if f.rests {
			rest++
			continue
		}
		block := f.lines(now, style, width)
		if now.Sub(f.begun) < slowRun || len(lines)+len(block) > room {
			continue
		}
		lines = append(lines, block...)
	}
	status := fmt.Sprintf("%s   %d running", v.counts(), len(v.flights)-rest)
	if rest > 0 {
		status += fmt.Sprintf(", %d only wait", rest)
	}
	status += fmt.Sprintf("   %.0f s", now.Sub(v.begun).Seconds())
	return append(lines, style.Paint(terminal.Bold, cut(status, width)))
}

// counts says how many runs have ended, and how many of them failed.
func (v *view) counts() string {
	text := fmt.Sprintf("%d/%d", v.done, v.total)
	if v.failed > 0 {
		text += fmt.Sprintf("   %d failed", v.failed)
	}
	return text
}

// lines says what the drivers of a run do, a line each.
func (f *flight) lines(now time.Time, style terminal.Style, width int) []string {
	title := fmt.Sprintf("%s   %.1f s", f.title(), now.Sub(f.begun).Seconds())
	lines := []string{cut(title, width)}
	busy := slices.DeleteFunc(slices.Clone(f.at), func(s runner.Standing) bool { return s.Ended })
	more := 0
	if len(busy) > maxDrivers {
		more = len(busy) - maxDrivers + 1
		busy = busy[:maxDrivers-1]
	}
	names := 0
	for _, s := range busy {
		names = max(names, utf8.RuneCountInString(s.Driver))
	}
	for _, s := range busy {
		lines = append(lines, style.Paint(terminal.Dim, driverLine(s, s.For+now.Sub(f.heard), min(names, width/3), width)))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("    … and %d more drivers", more))
	}
	return lines
}

// driverLine says which action a driver runs and for how long.
func driverLine(s runner.Standing, since time.Duration, name, width int) string {
	action := strings.Join(strings.Fields(engine.Readable(s.Step.Action.String())), " ")
	left := fmt.Sprintf("    %-*s  %5s  ", name, cut(s.Driver, name), fmt.Sprintf("%d/%d", min(s.Step.Index, s.Actions), s.Actions))
	right := fmt.Sprintf("  %7.1f s", since.Seconds())
	room := max(0, width-utf8.RuneCountInString(left)-len(right))
	text := cut(action, room)
	return cut(left+text+strings.Repeat(" ", max(0, min(room, 40)-utf8.RuneCountInString(text)))+right, width)
}

// cut cuts the end of a text that is wider than that.
func cut(text string, width int) string {
	runes := []rune(text)
	switch {
	case len(runes) <= width:
		return text
	case width < 1:
		return ""
	}
	return string(runes[:width-1]) + "…"
}
