package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/runner"
)

// commands is the command line: one field a command.
type commands struct {
	Run     loggedRun      `cmd:"" help:"Run scenarios on engines and show which passed."`
	Conform conformCommand `cmd:"" help:"Run scenarios on the engines of this program (--engine chooses others) and show which engines conform."`
	Diff    diffCommand    `cmd:"" help:"Run scenarios on two engines and show the first difference that a driver saw."`
}

// Main runs the command with the scenarios and engines of the suites, and exits.
// In a child process it runs one driver instead.
func Main(suites ...runner.Suite) { Program{Suites: suites}.Main() }

// Main is the function Main, with the program's own commands.
func (p Program) Main() {
	runner.Dispatch(p.Suites...)
	// If the reader is gone, report the write error instead of dying.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal ends the command with a report, the second ends it at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, p.Suites, p.Commands...))
}

// run is Main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, suites []runner.Suite, own ...Subcommand) int {
	var c commands
	exited := -1
	options := append(dynamic(own), kong.Name(filepath.Base(os.Args[0])), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("Run declarative scenarios of several endpoints on goroutines or processes, over any transport."))
	parser, err := kong.New(&c, options...)
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	chosen, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	name := chosen.Selected().Name
	for _, c := range own {
		if c.Name() == name {
			return c.Run(ctx, stdout, stderr)
		}
	}
	switch name {
	case "conform":
		return c.Conform.run(ctx, stdout, stderr, suites)
	case "diff":
		return c.Diff.run(ctx, stdout, stderr, suites)
	}
	return c.Run.run(ctx, stdout, stderr, suites)
}
