package command

import (
	"context"
	"io"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/runner"
)

// Program is a command line with its own commands besides run, conform and diff.
type Program struct {
	// Suites are the scenarios and engines.
	Suites []runner.Suite
	// Commands are the program's own.
	Commands []Subcommand
}

// Subcommand is one of a program's own commands: a pointer to a struct whose fields are its
// flags and arguments, with the tags of package kong.
type Subcommand interface {
	// Name is the name on the command line.
	Name() string
	// Summary is the command's line in --help.
	Summary() string
	// Run runs the command and returns the exit code. Its fields are set by then. It stops
	// when ctx ends.
	Run(ctx context.Context, stdout, stderr io.Writer) int
}

// dynamic returns the parser's options for a program's own commands.
func dynamic(own []Subcommand) []kong.Option {
	var all []kong.Option
	for _, c := range own {
		all = append(all, kong.DynamicCommand(c.Name(), c.Summary(), "", c))
	}
	return all
}
