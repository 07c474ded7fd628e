package differential

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// String returns the comparison for people, with the first difference.
func (c *Comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s on %s and %s\n", strings.ToUpper(string(c.Verdict)), c.Scenario, c.A.Engine, c.B.Engine)
	if c.Varies != "" {
		fmt.Fprintf(&b, "  verdicts alone were compared: %s\n", c.Varies)
	}
	if c.Verdict == Same {
		return b.String()
	}
	if c.Rule != "" {
		fmt.Fprintf(&b, "  rule: %s\n", c.Rule)
	}
	if len(c.Differences) > 0 {
		c.writeDifference(&b, c.Differences[0])
	}
	if c.Unsteady {
		fmt.Fprintf(&b, "  hint: run again, %s differs from itself: the scenario may leave open what is seen (let its Varies say why)\n", c.A.Engine)
	}
	for _, r := range []*runner.Report{c.A, c.B} {
		if c.Verdict != Different || c.A.Verdict != c.B.Verdict {
			writeVerdict(&b, r)
		}
	}
	return b.String()
}

func writeVerdict(b *strings.Builder, r *runner.Report) {
	fmt.Fprintf(b, "  %s %s", r.Engine, r.Verdict)
	if r.Reason != "" {
		fmt.Fprintf(b, ": %s", r.Reason)
	}
	b.WriteByte('\n')
}

func (c *Comparison) writeDifference(b *strings.Builder, d Difference) {
	where := d.Place()
	fmt.Fprintf(b, "  driver %s, action %d: %s\n", d.Driver, where.Index, where.Text)
	width := max(len(c.A.Engine), len(c.B.Engine), len("both before")) + 1
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "    %-*s %s\n", width, name+":", value)
		}
	}
	line("declared at", where.Source)
	line("what", d.what())
	line("both before", list(d.Before))
	line(c.A.Engine, saw(d.A, d.AfterA))
	line(c.B.Engine, saw(d.B, d.AfterB))
	if more := len(c.Differences) - 1; more > 0 {
		fmt.Fprintf(b, "  and %d more after that\n", more)
	}
}

// Place returns the action that saw it.
func (d Difference) Place() engine.Place {
	if d.A != nil {
		return d.A.Action
	}
	return d.B.Action
}

// what returns what is compared.
func (d Difference) what() string {
	switch {
	case d.List.Origin == "":
		return "how it ended"
	case d.List.Place != d.Place():
		return fmt.Sprintf("event %d from %s, through %s of action %d (%s)", d.Number, d.List.Origin,
			d.List.Place.Text, d.List.Place.Index, d.List.Place.Source)
	}
	return fmt.Sprintf("event %d from %s", d.Number, d.List.Origin)
}

func saw(s *engine.Sight, after []engine.Sight) string {
	if s == nil {
		return "nothing more"
	}
	text := show(*s)
	if len(after) > 0 {
		text += ", then " + list(after)
	}
	return text
}

func list(all []engine.Sight) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = show(s)
	}
	return strings.Join(texts, ", ")
}

// show returns what was seen, in one line.
func show(s engine.Sight) string {
	text := ""
	switch {
	case s.Event != nil:
		text = s.Event.Type[strings.LastIndexByte(s.Event.Type, '.')+1:] + s.Event.Data
		if !s.Ended {
			return text
		}
		text += " on which the handler failed"
	case s.Error == "":
		return "succeeded"
	default:
		text = "failed"
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s (%s): %s", text, s.Error, s.Text)), " ")
}
