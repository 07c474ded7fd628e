package command

import (
	"context"
	"io"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/runner"
)

// Program is a command line with commands of its own besides run and its sisters.
type Program struct {
	// Suites are the scenarios and engines.
	Suites []runner.Suite
	// Commands are the program's own.
	Commands []Subcommand
}

// Subcommand is a command of a program's own: a pointer to a struct whose fields
// are its flags and arguments, with the tags of package kong.
type Subcommand interface {
	// Name is what is typed.
	Name() string
	// Summary is the line that stands with the name in --help.
	Summary() string
	// Run runs it once its fields are set and returns the exit code. It stops when ctx
	// ends.
	Run(ctx context.Context, stdout, stderr io.Writer) int
}

// dynamic has a program's own commands known to the parser.
func dynamic(own []Subcommand) []kong.Option {
	var all []kong.Option
	for _, c := range own {
		all = append(all, kong.DynamicCommand(c.Name(), c.Summary(), "", c))
	}
	return all
}
