package command

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
)

// proseWidth is how wide an explanation is at most, as in a report.
const proseWidth = 100

// fitted lays out what follows the title of a report for a terminal of that width. Reports are
// made for logs, where a line may have 100 columns. The last events are drawn anew from the
// recording; without one they stay as they are. Nothing changes if the width is 0.
func fitted(report string, run *recording.Run, width int) string {
	if width <= 0 {
		return report
	}
	const events, where = "  the last events:\n", "\n  recording"
	text, rest, has := strings.Cut(report, events)
	text = fittedText(text, width)
	switch _, kept, said := strings.Cut(rest, where); {
	case !has:
		return text
	case run == nil:
		return text + events + rest
	case !said:
		return text + events + drawnEvents(run, width)
	default:
		return text + events + drawnEvents(run, width) + fittedText(where[1:]+kept, width)
	}
}

// drawnEvents draws the last events, indented as in a report.
func drawnEvents(run *recording.Run, width int) string {
	lines := strings.SplitAfter(timeline.Text(run, timeline.Options{Columns: width - 2}), "\n")
	return strings.TrimSuffix("  "+strings.Join(lines, "  "), "  ")
}

// fittedText wraps the lines that are too long. The explanation, which stands before the rule
// and is wrapped already, is wrapped anew.
func fittedText(text string, width int) string {
	if width <= 0 {
		return text
	}
	explained := ""
	if rule := strings.Index("\n"+text, "\n  rule: "); rule > 0 {
		lines := brief.Wrap(text[:rule], min(width, proseWidth)-2)
		explained, text = "  "+indentedBy(lines, 2)+"\n", text[rule:]
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapped(line, width)
	}
	return explained + strings.Join(lines, "\n")
}

var (
	// field is the name of a field in a report. The rest of its text goes below its beginning.
	field       = regexp.MustCompile(`^    [a-z ]{1,11}: +`)
	indentation = regexp.MustCompile(`^ *`)
)

// wrapped breaks a line between words if it is longer than width, and indents what follows. A
// name and one word, such as a path, stay together.
func wrapped(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width || len(strings.Fields(line)) <= 2 {
		return line
	}
	begin := field.FindString(line)
	by := len(begin)
	if begin == "" {
		begin = indentation.FindString(line)
		by = len(begin) + 2
	}
	text := brief.Wrap(line[len(begin):], max(width-by, 20))
	return begin + indentedBy(text, by)
}
