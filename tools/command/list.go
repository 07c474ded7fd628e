package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/terminal"
	"github.com/lahja/go-lahja/tools/runner"
)

// list lists scenarios and engines.
func (c *runCommand) list(w io.Writer, scenarios []drivers.Scenario, engines []engine.Engine, suites []runner.Suite) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(listOf(scenarios, engines, suites))
	}
	lines := [][2]string{{"SCENARIO", "RULE"}}
	for _, s := range scenarios {
		lines = append(lines, [2]string{s.Name, s.Rule})
	}
	lines = append(lines, [2]string{}, [2]string{"ENGINE", "CAPABILITIES"})
	for _, e := range engines {
		text := e.Capabilities().String()
		if isFurther(suites, e) {
			text = "(only if named) " + text
		}
		lines = append(lines, [2]string{e.Name(), text})
	}
	width, _, _ := terminal.Size(w)
	_, err := io.WriteString(w, columned(lines, width))
	return err
}

// columned puts names and texts in two columns. For a terminal, whose width is not 0, it wraps
// the texts, and puts them below their names if too little room is beside those.
func columned(lines [][2]string, width int) string {
	const between, least = 2, 40
	left := 0
	for _, line := range lines {
		left = max(left, len(line[0])+between)
	}
	var b strings.Builder
	for _, line := range lines {
		text, begin := line[1], fmt.Sprintf("%-*s", left, line[0])
		switch room := width - left; {
		case width == 0 || text == "":
		case room >= least:
			text = indentedBy(brief.Wrap(text, room), left)
		default:
			begin, text = line[0]+"\n    ", indentedBy(brief.Wrap(text, width-4), 4)
		}
		b.WriteString(strings.TrimRight(begin+text, " ") + "\n")
	}
	return b.String()
}

// indentedBy indents the lines of a text but the first.
func indentedBy(text string, by int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", by))
}

// listing is what --list --json prints.
type listing struct {
	Scenarios []listedScenario `json:"scenarios"`
	Engines   []listedEngine   `json:"engines"`
}

type listedScenario struct {
	Name     string   `json:"name"`
	Rule     string   `json:"rule"`
	Labels   []string `json:"labels"`
	Needs    []string `json:"needs"`
	Location string   `json:"location"`
}

type listedEngine struct {
	Name         string              `json:"name"`
	Capabilities engine.Capabilities `json:"capabilities"`
	OnlyIfNamed  bool                `json:"only_if_named,omitempty"`
}

func listOf(scenarios []drivers.Scenario, engines []engine.Engine, suites []runner.Suite) listing {
	all := listing{Scenarios: []listedScenario{}, Engines: []listedEngine{}}
	for _, s := range scenarios {
		one := listedScenario{Name: s.Name, Rule: s.Rule, Labels: append([]string{}, s.Labels...), Needs: []string{}, Location: runner.Locate(s)}
		for _, need := range s.Needs {
			one.Needs = append(one.Needs, need.String())
		}
		all.Scenarios = append(all.Scenarios, one)
	}
	for _, e := range engines {
		all.Engines = append(all.Engines, listedEngine{e.Name(), e.Capabilities(), isFurther(suites, e)})
	}
	return all
}
