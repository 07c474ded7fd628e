package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

var verdicts = []runner.Verdict{runner.Passed, runner.Failed, runner.Unsupported, runner.Known}

var marks = map[runner.Verdict]string{runner.Passed: "✓", runner.Failed: "✗", runner.Unsupported: "–", runner.Known: "(✗)"}

// Markdown writes the document as a page.
func (d *Document) Markdown(w io.Writer) error {
	var b strings.Builder
	counts := d.Counts()
	fmt.Fprintf(&b, "# Conformance\n\n%d scenarios × %d engines: %d passed, %d failed, %d unsupported, %d known failures%s.\n\n"+
		"For everybody who asks which scenarios hold on which engine.\n",
		len(d.Scenarios), len(d.Engines), counts[runner.Passed], counts[runner.Failed], counts[runner.Unsupported], counts[runner.Known], d.notRun())
	if d.Interrupted != "" {
		fmt.Fprintf(&b, "\n**Interrupted** (%s): the results of %d of %d runs follow.\n", d.Interrupted, len(d.Outcomes), d.pairs())
		d.writeStood(&b)
	}
	d.writeEngines(&b)
	d.writeScenarios(&b)
	d.writeUnsupported(&b)
	d.writeKnown(&b)
	d.writeFailures(&b)
	_, err := io.WriteString(w, engine.Printable(b.String()))
	return err
}

// notRun ends the list of counts.
func (d *Document) notRun() string {
	if n := d.NotRun(); n > 0 {
		return fmt.Sprintf(", %d not run", n)
	}
	return ""
}

// writeStood writes where the drivers were when the run was interrupted.
func (d *Document) writeStood(b *strings.Builder) {
	if len(d.Stood) > 0 {
		b.WriteString("The drivers were at:\n\n")
		writeCode(b, d.Stood)
	}
}

func (d *Document) writeEngines(b *strings.Builder) {
	b.WriteString("\n## Engines\n\n| | engine | passed | failed | unsupported | known failures | capabilities |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n")
	for i, e := range d.Engines {
		counts := d.Counts(e.Name)
		fmt.Fprintf(b, "| %d | `%s` |", i+1, e.Name)
		for _, v := range verdicts {
			fmt.Fprintf(b, " %d |", counts[v])
		}
		fmt.Fprintf(b, " %s |\n", e.Capabilities)
	}
}

func (d *Document) writeScenarios(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Scenarios\n\nThe numbered columns are the engines: %s passed, %s failed, %s unsupported, %s known failure.\n",
		marks[runner.Passed], marks[runner.Failed], marks[runner.Unsupported], marks[runner.Known])
	topic := ""
	for _, s := range d.Scenarios {
		if t, _, _ := strings.Cut(s.Name, "/"); t != topic || topic == "" {
			topic = t
			d.writeTopic(b, topic)
		}
		fmt.Fprintf(b, "| `%s` | %s |", s.Name, cell(s.Rule))
		for _, e := range d.Engines {
			mark := " "
			if o := d.Outcome(s.Name, e.Name); o != nil {
				mark = marks[o.Verdict]
			}
			fmt.Fprintf(b, " %s |", mark)
		}
		b.WriteByte('\n')
	}
}

func (d *Document) writeTopic(b *strings.Builder, topic string) {
	fmt.Fprintf(b, "\n### %s\n\n| scenario | rule |", topic)
	for i := range d.Engines {
		fmt.Fprintf(b, " %d |", i+1)
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" --- |", len(d.Engines)) + "\n")
}

// writeUnsupported writes each missing need once, with all engines that lack it.
func (d *Document) writeUnsupported(b *strings.Builder) {
	type gap struct{ scenario, missing string }
	var gaps []gap
	engines := map[gap][]string{}
	for _, o := range d.Outcomes {
		if o.Verdict != runner.Unsupported {
			continue
		}
		g := gap{o.Scenario, strings.Join(o.Missing, ", ")}
		if !slices.Contains(gaps, g) {
			gaps = append(gaps, g)
		}
		engines[g] = append(engines[g], fmt.Sprint(d.engineIndex(o.Engine)+1))
	}
	if len(gaps) == 0 {
		return
	}
	b.WriteString("\n## Unsupported\n\n| scenario | needs | missing on engines |\n| --- | --- | --- |\n")
	for _, g := range gaps {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", g.scenario, cell(g.missing), strings.Join(engines[g], ", "))
	}
}

// writeKnown writes what fails, and why that is known. It leaves out the failures
// themselves: they have times, and differ from run to run.
func (d *Document) writeKnown(b *strings.Builder) {
	first := true
	for _, o := range d.Outcomes {
		if o.Verdict != runner.Known {
			continue
		}
		if first {
			b.WriteString("\n## Known failures\n\n| scenario | fails on | because |\n| --- | --- | --- |\n")
			first = false
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", o.Scenario, o.Engine, cell(o.Excuse))
	}
}

func (d *Document) writeFailures(b *strings.Builder) {
	first := true
	for _, o := range d.Outcomes {
		if o.Verdict != runner.Failed {
			continue
		}
		if first {
			b.WriteString("\n## Failures\n")
			first = false
		}
		fmt.Fprintf(b, "\n`%s` on `%s`: %s\n\n", o.Scenario, o.Engine, o.Reason)
		writeCode(b, strings.Split(strings.TrimRight(o.Report, "\n"), "\n"))
		for _, output := range o.Output {
			fmt.Fprintf(b, "\nOutput of driver `%s`:\n\n", output.Driver)
			writeCode(b, output.Lines)
		}
	}
}

func writeCode(b *strings.Builder, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// cell keeps a text within a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
