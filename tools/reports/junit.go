package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/lahja/go-lahja/tools/runner"
)

// The elements that CI servers agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the document as JUnit XML: an engine is a suite, a scenario in it a case. An
// interrupted document has one more case, an error, so that CI servers do not take it for a complete
// one.
func (d *Document) JUnit(w io.Writer) error {
	var all junitSuites
	total := 0.0
	for _, e := range d.Engines {
		s, seconds := d.junitSuite(e)
		if s.Tests == 0 {
			continue
		}
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Skipped, total = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped, total+seconds
	}
	if d.Interrupted != "" {
		all.Suites = append(all.Suites, d.junitInterrupted())
		all.Tests, all.Errors = all.Tests+1, 1
	}
	all.Time = junitTime(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (d *Document) junitSuite(e Engine) (s junitSuite, seconds float64) {
	counts := d.Counts(e.Name)
	s = junitSuite{Name: e.Name, Failures: counts[runner.Failed], Skipped: counts[runner.Unsupported] + counts[runner.Known],
		Properties: []junitProperty{{Name: "capabilities", Value: e.Capabilities.String()}}}
	for _, o := range d.Outcomes {
		if o.Engine == e.Name {
			s.Cases = append(s.Cases, d.junitCase(o))
			seconds += o.Median
		}
	}
	s.Tests, s.Time = len(s.Cases), junitTime(seconds)
	return s, seconds
}

func (d *Document) junitInterrupted() junitSuite {
	message := fmt.Sprintf("%s: %d of %d runs have results", d.Interrupted, len(d.Outcomes), d.pairs())
	return junitSuite{Name: "interrupted", Tests: 1, Errors: 1, Time: junitTime(0),
		Cases: []junitCase{{Name: "interrupted", Class: "interrupted", Time: junitTime(0), Error: &junitMessage{Message: message, Text: strings.Join(d.Stood, "\n")}}}}
}

func (d *Document) junitCase(o *Outcome) junitCase {
	c := junitCase{Name: o.Scenario, Class: o.Engine, File: o.File, Line: o.Line, Time: junitTime(o.Median)}
	switch o.Verdict {
	case runner.Failed:
		c.Failure, c.Out = &junitMessage{Message: o.Reason, Text: o.Report}, junitOutput(o)
	case runner.Unsupported:
		c.Skipped = &junitMessage{Message: "unsupported: " + o.Reason}
	case runner.Known:
		c.Skipped, c.Out = &junitMessage{Message: "known failure: " + o.Reason}, o.Report+junitOutput(o)
	}
	return c
}

// junitOutput puts the driver's name in front of each line.
func junitOutput(o *Outcome) string {
	var b strings.Builder
	for _, output := range o.Output {
		for _, line := range output.Lines {
			fmt.Fprintf(&b, "%s | %s\n", output.Driver, line)
		}
	}
	return b.String()
}

func junitTime(seconds float64) string { return fmt.Sprintf("%.6f", seconds) }
