package tap

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/lahja/go-lahja/lahja/inspect"
)

// redrawn is the shortest time between two drawings.
const redrawn = 100 * time.Millisecond

// screen redraws the tables in place, with the latest events below them.
type screen struct {
	w      io.Writer
	size   func() (width, height int)
	events bool

	tables string
	latest []string
	gone   uint64 // events that were lost
	drawn  time.Time
}

func newScreen(w io.Writer, size func() (width, height int), events bool) *screen {
	return &screen{w: w, size: size, events: events}
}

func (*screen) repeats() bool { return true }

func (s *screen) inspection(_ []byte, i *inspect.Inspection) error {
	s.tables = tablesOf(i)
	return s.draw()
}

func (s *screen) event(e event) error {
	_, height := s.size()
	s.latest = append(s.latest, eventLine(e))
	s.latest = s.latest[max(0, len(s.latest)-height):]
	if time.Since(s.drawn) < redrawn {
		return nil // The next inspection draws it.
	}
	return s.draw()
}

func (s *screen) lost(count uint64) error {
	s.gone = count
	return nil
}

// finish leaves the cursor below the screen's content.
func (s *screen) finish() error {
	if s.tables == "" {
		return nil
	}
	err := s.draw()
	if err == nil {
		_, err = io.WriteString(s.w, "\r\n")
	}
	return written(err)
}

// draw writes the whole screen at once, so that it does not flicker.
func (s *screen) draw() error {
	s.drawn = time.Now()
	width, height := s.size()
	var b strings.Builder
	b.WriteString("\x1b[H")
	for n, line := range s.fitting(height) {
		if n > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(cut(line, width) + "\x1b[K")
	}
	b.WriteString("\x1b[J")
	_, err := io.WriteString(s.w, b.String())
	return written(err)
}

// fitting returns the tables, and as many of the latest events as fit, but at least a few if
// there are any.
func (s *screen) fitting(height int) []string {
	const least = 5
	shown := strings.Split(strings.TrimSuffix(s.tables, "\n"), "\n")
	if !s.events {
		return shown[:min(len(shown), max(height-1, 1))]
	}
	title := "EVENTS"
	if s.gone > 0 {
		title += fmt.Sprintf(" (%d were lost: they passed faster than they could be shown)", s.gone)
	}
	room := max(height-3, 1) // without an empty line, the title and the last line
	below := min(len(s.latest), max(room-len(shown), least), room)
	if len(shown) > room-below {
		shown = shown[:room-below]
	}
	return append(append(shown, "", title), s.latest[len(s.latest)-below:]...)
}

// eventLine returns an event in short.
func eventLine(e event) string {
	where := e.Direction
	switch {
	case e.From != "":
		where += " from " + e.From
	case len(e.To) > 0:
		where += " to " + strings.Join(e.To, ", ")
	}
	what := e.Trouble
	if what == "" {
		data, err := json.Marshal(e.Payload)
		if what = string(data); err != nil {
			what = err.Error()
		}
	}
	return fmt.Sprintf("%s %s %s %s", e.Time.Format("15:04:05.000"), where, e.Type, what)
}

// cut makes a line fit. It replaces characters that might move the cursor, because names and
// payloads come from outside.
func cut(line string, width int) string {
	var b strings.Builder
	n := 0
	for _, r := range line {
		if n++; n > width {
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
