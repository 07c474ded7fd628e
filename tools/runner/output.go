package runner

import (
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
)

// maxOutput is how many bytes of a driver's output are kept of its beginning, and of its
// end. What lies between is counted.
const maxOutput = 32 << 10

// Output is what one driver printed, where it is a process of its own, and logged.
type Output struct {
	Driver string `json:"driver"`
	// Lines are the first and the last ones, up to 32 KiB each. A line between them says
	// how much was left out.
	Lines []string `json:"lines"`
}

// excerpt keeps the beginning and the end of lines.
type excerpt struct {
	head, tail []string
	headSize   int
	tailSize   int
	cut        int
}

func (e *excerpt) add(line string) {
	size := len(line) + 1
	if len(e.tail) == 0 && e.headSize+size <= maxOutput {
		e.head = append(e.head, line)
		e.headSize += size
		return
	}
	e.tail = append(e.tail, line)
	e.tailSize += size
	for e.tailSize > maxOutput && len(e.tail) > 1 {
		e.cut += len(e.tail[0]) + 1
		e.tailSize -= len(e.tail[0]) + 1
		e.tail = e.tail[1:]
	}
}

func (e *excerpt) lines() []string {
	all := append([]string(nil), e.head...)
	if e.cut > 0 {
		all = append(all, fmt.Sprintf("[… %d bytes cut …]", e.cut))
	}
	return append(all, e.tail...)
}

// printed takes in what a driver printed or logged. The lock is held.
func (c *coordinator) printed(driver int, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		c.output[driver].add(line)
	}
}

// outputs are those of all drivers that printed something. The lock is held.
func (c *coordinator) outputs() []Output {
	var all []Output
	for i, d := range c.drivers {
		if lines := c.output[i].lines(); len(lines) > 0 {
			all = append(all, Output{Driver: d.Name(), Lines: lines})
		}
	}
	return all
}

// print writes a record of what a driver printed or logged to Runner.Output.
func (s seat) print(r engine.Record) {
	if s.verbose == nil || r.Kind != engine.RecordOutput && r.Kind != engine.RecordLog {
		return
	}
	prefix := engine.Readable(r.By) + " | "
	// Output is for people; there is nobody to tell that it cannot be written.
	_, _ = s.verbose.Write([]byte(prefix + indent(r.Name, prefix) + "\n"))
}

const (
	// lastLines of a driver's output are in the report with its failure.
	lastLines = 20
	// lastLinesStopped are in it for a driver that was only stopped.
	lastLinesStopped = 5
)

// lastOutput is the last lines of a driver's output, "" where there is none.
func (r *Report) lastOutput(f *engine.Failure) string {
	n := lastLines
	if f.Stopped() {
		n = lastLinesStopped
	}
	for _, o := range r.Outputs {
		if o.Driver != f.Driver {
			continue
		}
		lines := o.Lines
		if more := len(lines) - n; more > 0 {
			lines = append([]string{fmt.Sprintf("[… %d lines before these …]", more)}, lines[more:]...)
		}
		return strings.Join(lines, "\n")
	}
	return ""
}

// writeOutputs writes the last lines of the drivers that failed after the first.
func (r *Report) writeOutputs(b *strings.Builder, first string) {
	written := map[string]bool{first: true}
	for _, f := range r.Failures {
		output := r.lastOutput(f)
		if written[f.Driver] || output == "" {
			continue
		}
		written[f.Driver] = true
		fmt.Fprintf(b, "  output of %s:\n    %s\n", f.Driver, indent(output, "    "))
	}
}

// otherLog is what drivers logged that did not fail. The output of the others is with
// their failures.
func (r *Report) otherLog() []string {
	var all []string
	for _, line := range r.Log {
		shown := false
		for _, f := range r.Failures {
			shown = shown || f.Driver != "" && strings.HasPrefix(line, f.Driver+": ")
		}
		if !shown {
			all = append(all, line)
		}
	}
	return all
}
