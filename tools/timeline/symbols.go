package timeline

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/lahja/go-lahja/tools/recording"
)

// look is how a kind of entry is shown.
type look struct {
	symbol string
	// group is what the page filters by.
	group string
	// words say it in a row; %s stands for the peer, the event or the text.
	words string
	// told says that it is a row of its own where there is room for few.
	told bool
}

// looks are the kinds that are marks at a moment. Steps, messages and points have shapes of
// their own.
var looks = map[recording.Kind]look{
	recording.Sent:         {"→", "events", "sent %e to %p", false},
	recording.Received:     {"←", "events", "received %e from %p", false},
	recording.Taken:        {"•", "events", "took %e from %p", false},
	recording.Handled:      {"○", "handlers", "handled %e from %p", false},
	recording.Dropped:      {"⊗", "events", "dropped %e", true},
	recording.SendFailed:   {"!", "events", "could not send %e", true},
	recording.Requested:    {"?", "requests", "requested with %e", false},
	recording.Answered:     {"=", "requests", "answered with %e", false},
	recording.Connected:    {"⇄", "connections", "connected to %p", true},
	recording.Disconnected: {"⇎", "connections", "disconnected from %p", true},
	recording.Refused:      {"⊘", "connections", "%p was refused", true},
	recording.Reconnecting: {"↻", "connections", "reconnecting to %p", true},
	recording.Subscribed:   {"+", "subscriptions", "subscribed to %e", true},
	recording.Unsubscribed: {"−", "subscriptions", "unsubscribed from %e", false},
	recording.Announced:    {"¶", "subscriptions", "%p subscribes to %t", false},
	recording.TypesDiffer:  {"≠", "subscriptions", "%p has another version of %e", true},
	recording.Arrived:      {"◇", "points", "waits at %t", false},
	recording.Released:     {"◆", "points", "goes on after %t", false},
	recording.Signalled:    {"⚑", "points", "%t", true},
	recording.Called:       {"(", "operations", "calls %t", false},
	recording.Returned:     {")", "operations", "%t returned", false},
	recording.Broken:       {"‼", "failures", "breaks: %t", true},
	recording.Fault:        {"↯", "faults", "%t", true},
	recording.Started:      {"▷", "processes", "process %i started", false},
	recording.Exited:       {"■", "processes", "process %i ended: %t", true},
	recording.Output:       {"≡", "output", "%t", false},
	recording.Logged:       {"≣", "log", "%t", false},
	recording.Failed:       {"✗", "failures", "%t", false},
	recording.Ended:        {"▪", "processes", "does nothing any more", false},
	recording.Restarted:    {"▹", "processes", "is started again", true},
}

// lookOf is that of a kind, also of one that a newer program wrote.
func lookOf(kind recording.Kind) look {
	if known, ok := looks[kind]; ok {
		return known
	}
	return look{"·", "other", string(kind) + " %t", false}
}

// describe puts an entry into words.
func describe(e *recording.Entry) string {
	text := strings.NewReplacer("%e", counted(e.Event, e.Count), "%p", e.Peer, "%t", e.Text, "%i", fmt.Sprint(e.PID)).Replace(lookOf(e.Kind).words)
	if e.Error != "" {
		text += ": " + e.Error
	}
	if text = strings.TrimRight(text, " :"); e.Endpoint != "" {
		text = e.Endpoint + " " + text
	}
	return oneLine(text)
}

// counted is the short name of an event type, and how many there were of it.
func counted(event string, n int) string {
	event = shortEvent(event)
	if n > 1 {
		return fmt.Sprintf("%s ×%d", event, n)
	}
	return event
}

// shortEvent drops the path of an import path: "example.com/shop.Order" is "shop.Order".
func shortEvent(event string) string {
	return event[strings.LastIndexByte(event, '/')+1:]
}

// oneLine makes a text safe for a line: it replaces what moves the cursor.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// clip shortens a text to n characters.
func clip(text string, n int) string {
	all := []rune(text)
	switch {
	case len(all) <= n:
		return text
	case n < 1:
		return ""
	}
	return string(all[:n-1]) + "…"
}

// moment is a time since the run began, as a table shows it.
func moment(at time.Duration) string {
	if at < time.Second {
		return fmt.Sprintf("%.2fms", float64(at)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.3fs", at.Seconds())
}

// span of time, to three digits.
func length(d time.Duration) string {
	for unit := time.Second; unit > 1; unit /= 10 {
		if d >= unit*10 {
			return d.Round(unit / 10).String()
		}
	}
	return d.String()
}
