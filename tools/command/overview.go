package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/runner"
)

// overview is what the program can do, on one screen.
func overview(parser *kong.Kong, suites []runner.Suite) string {
	var b strings.Builder
	name := parser.Model.Name
	b.WriteString(indented(description, "", plainWidth) + "\n")
	for _, c := range parser.Model.Children {
		if !c.Hidden {
			help := indented(c.Help, strings.Repeat(" ", 14), plainWidth)
			fmt.Fprintf(&b, "  %-12s%s", c.Name, help[14:])
		}
	}
	scenarios, engines := everything(suites)
	topic := "TOPIC"
	if len(scenarios) > 0 {
		topic, _, _ = strings.Cut(scenarios[len(scenarios)/2].Name, "/")
	}
	b.WriteString("\nExamples:\n\n")
	for _, example := range [][2]string{
		{"run", "everything, on every engine"},
		{fmt.Sprintf("run %s --engine '%s*'", topic, "sub"), "one topic, with drivers as processes"},
		{"run --failed", "what failed the last time"},
	} {
		fmt.Fprintf(&b, "  %-38s%s\n", name+" "+example[0], example[1])
	}
	fmt.Fprintf(&b, "\nIt has %d scenarios and %d engines: %s run --list lists them.\n%s COMMAND --help explains a command.\n", len(scenarios), len(engines), name, name)
	return b.String()
}

// indented breaks text into lines that are indented by that and no wider than width.
func indented(text, by string, width int) string {
	var b strings.Builder
	line := by
	for _, word := range strings.Fields(text) {
		switch {
		case line == by:
			line += word
		case utf8.RuneCountInString(line+" "+word) > width:
			b.WriteString(line + "\n")
			line = by + word
		default:
			line += " " + word
		}
	}
	b.WriteString(line + "\n")
	return b.String()
}

// version is what is known of this program: its version or revision, and what built it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown version, " + runtime.Version()
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := info.Main.Version
	if text == "" || text == "(devel)" {
		text = "(devel)"
		if revision := settings["vcs.revision"]; revision != "" {
			text += " " + revision
		}
		if settings["vcs.modified"] == "true" {
			text += " modified"
		}
	}
	return fmt.Sprintf("%s, %s %s/%s", text, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}
