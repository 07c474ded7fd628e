package runner

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/invariants"
)

// String is the whole report for people. It is the same text whether drivers ran
// as goroutines or as processes, and is UTF-8 without control characters.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s on %s", strings.ToUpper(string(r.Verdict)), r.Scenario, r.Engine)
	if r.Elapsed > 0 {
		fmt.Fprintf(&b, " (%s)", round(r.Elapsed))
	}
	b.WriteByte('\n')
	if r.Explanation != "" {
		fmt.Fprintf(&b, "  %s\n", indent(brief.Wrap(r.Explanation, 98), "  "))
	}
	if r.Rule != "" {
		fmt.Fprintf(&b, "  rule: %s\n", r.Rule)
	}
	if r.Location != "" {
		fmt.Fprintf(&b, "  scenario: %s\n", r.Location)
	}
	if r.Options != "" {
		fmt.Fprintf(&b, "  engine: %s\n", r.Options)
	}
	if r.Verdict == Unsupported || r.Verdict == Known {
		fmt.Fprintf(&b, "  %s\n", r.Reason)
	}
	if len(r.Failures) > 0 {
		first := r.Failures[0]
		writeFailure(&b, first, r.lastOutput(first))
		for _, hint := range r.Hints {
			fmt.Fprintf(&b, "  hint: %s\n", hint)
		}
		r.writeStanding(&b, first.Driver)
		writeConsequences(&b, first, r.Failures[1:])
		r.writeOutputs(&b, first.Driver)
	}
	for _, v := range r.Invariants {
		if v.Verdict == invariants.Undecided {
			fmt.Fprintf(&b, "  undecided invariant: %s\n", indent(brief.Wrap(v.Name+": "+v.Reason, 98-len("undecided invariant: ")), "      "))
		}
	}
	for i, line := range r.otherLog() {
		if i == 0 {
			b.WriteString("  log:\n")
		}
		fmt.Fprintf(&b, "    %s\n", line)
	}
	r.writeRaces(&b)
	r.writeRecording(&b)
	return engine.Printable(b.String())
}

// writeRaces says what a run had by luck.
func (r *Report) writeRaces(b *strings.Builder) {
	for _, race := range r.Races {
		fmt.Fprintf(b, "  passed by luck: %s\n    %s\n", indent(brief.Wrap(race.Text, 82), "    "), indent(brief.Wrap(race.Remedy, 96), "    "))
	}
	if r.Unlooked != "" {
		fmt.Fprintf(b, "  passed by luck: not known, because %s\n", r.Unlooked)
	}
}

// writeRecording shows the last events, and says where all of them are.
func (r *Report) writeRecording(b *strings.Builder) {
	if r.Events != "" && r.Verdict != Passed {
		fmt.Fprintf(b, "  the last events:\n%s\n", indent("  "+r.Events, "  "))
	}
	if r.Kept != "" && r.NotKept == "" {
		fmt.Fprintf(b, "  recording: %s\n", filepath.Join(r.Kept, PageFile))
	} else if r.Kept != "" {
		fmt.Fprintf(b, "  recording: %s\n", r.Kept)
	}
	if r.NotKept != "" {
		fmt.Fprintf(b, "  recording failed: %s\n", indent(r.NotKept, "    "))
	}
}

func writeFailure(b *strings.Builder, f *engine.Failure, output string) {
	if f.Driver != "" {
		fmt.Fprintf(b, "  driver %s", f.Driver)
		if f.Endpoint != "" {
			fmt.Fprintf(b, " (endpoint %s)", f.Endpoint)
		}
		if f.Text != "" {
			fmt.Fprintf(b, ", action %d: %s", f.Action, f.Text)
		}
		b.WriteByte('\n')
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "    %-11s %s\n", name+":", indent(value, "                "))
		}
	}
	line("within it", f.Inner)
	line("declared at", f.Source)
	line(string(f.Kind), strings.TrimPrefix(f.Message, string(f.Kind)+": "))
	line("waited for", f.WaitedFor)
	line("was there", engine.Readable(peers(f.Peers)))
	if f.Elapsed > 0 {
		line("ran for", round(f.Elapsed).String())
	}
	line("detail", f.Detail)
	line("output", output)
}

// writeConsequences says what else failed. What several drivers failed with stands there
// once, and what the first failure says already not again.
func writeConsequences(b *strings.Builder, first *engine.Failure, rest []*engine.Failure) {
	type consequence struct {
		kind    engine.FailureKind
		message string
	}
	var order []consequence
	with := map[consequence][]*engine.Failure{}
	for _, f := range rest {
		c := consequence{f.Kind, f.Message}
		if with[c] == nil {
			order = append(order, c)
		}
		with[c] = append(with[c], f)
	}
	for i, c := range order {
		if i == 0 {
			b.WriteString("  after that:\n")
		}
		message := c.message
		if message == first.Message {
			message = "the same"
		}
		if who := whose(with[c]); who != "" {
			message = who + ": " + message
		}
		fmt.Fprintf(b, "    [%s] %s\n", c.kind, indent(message, "      "))
	}
}

// whose names the drivers of failures, one with its action.
func whose(all []*engine.Failure) string {
	if len(all) == 1 {
		return all[0].Where()
	}
	return brief.Each(len(all), ", ", func(i int) string { return brief.Name(all[i].Driver) })
}

func peers(all []engine.PeerState) string {
	lines := make([]string, len(all))
	for i, p := range all {
		subscribes := "nothing"
		if len(p.Subscriptions) > 0 {
			subscribes = strings.Join(p.Subscriptions, ", ")
		}
		itself := ""
		if i == 0 {
			itself = " (itself)"
		}
		lines[i] = fmt.Sprintf("%s%s, subscribed to %s", p.Name, itself, subscribes)
	}
	return strings.Join(lines, "\n")
}

// writeStanding says where everybody else stood.
func (r *Report) writeStanding(b *strings.Builder, failed string) {
	first := true
	for _, s := range r.Standing {
		if s.Driver == failed {
			continue
		}
		if first {
			b.WriteString("  at that moment:\n")
			first = false
		}
		fmt.Fprintf(b, "    %s\n", s)
	}
}

func (s Standing) String() string {
	action := engine.Readable(s.Step.Action.String())
	where := fmt.Sprintf("%s: action %d of %d, %s", s.Driver, s.Step.Index, s.Actions, action)
	switch {
	case s.Restarted:
		where = fmt.Sprintf("%s: started again, %s", s.Driver, action)
	case s.Step.Index > s.Actions:
		where = fmt.Sprintf("%s: all %d actions done, %s", s.Driver, s.Actions, action)
	}
	if src := s.Step.Source.String(); src != "" {
		where += ", " + src
	}
	if s.Ended {
		return where + ", ended"
	}
	return where + ", for " + round(s.For).String()
}

// indent indents all lines of s but the first.
func indent(s, by string) string {
	return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n"+by)
}

// round keeps three digits or so.
func round(d time.Duration) time.Duration { return brief.Duration(d) }
