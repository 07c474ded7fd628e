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

	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/workers"
	"github.com/lahja/go-lahja/tools/runner"
)

// commands is the command line: one field a command.
type commands struct {
	Version kong.VersionFlag `help:"Print the version."`

	Run        loggedRun         `cmd:"" help:"Run scenarios on engines and show which passed."`
	Conform    conformCommand    `cmd:"" help:"Run scenarios on the engines of this program (--engine chooses others) and show which engines conform."`
	Vet        vetCommand        `cmd:"" help:"Show what passes by luck: by an order that nothing enforces."`
	Explore    exploreCommand    `cmd:"" help:"Find an order of steps in which a scenario fails."`
	Diff       diffCommand       `cmd:"" help:"Run scenarios on two engines and show the first difference that a driver saw."`
	Show       showCommand       `cmd:"" help:"Show a recorded run: the last one that failed, or another."`
	Diagram    diagramCommand    `cmd:"" help:"Draw what scenarios declare, without running them."`
	Completion completionCommand `cmd:"" help:"Print the script that completes command lines in a shell."`
}

const description = "Run declarative scenarios of several endpoints on goroutines or processes, over any transport."

// Main runs the command with the scenarios and engines of the suites, and exits.
// In a child process it runs one driver instead.
func Main(suites ...runner.Suite) { Program{Suites: suites}.Main() }

// Main is the function Main, with the program's own commands.
func (p Program) Main() {
	runner.Dispatch(p.Suites...)
	workers.Dispatch(func(scenario, engineName string) (workers.Cell, error) { return find(p.Suites, scenario, engineName) })
	scenarios, _ := everything(p.Suites)
	explore.Dispatch(scenarios...)
	// If the reader is gone, report the write error instead of dying.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal ends the command with a report, the second ends it at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, true, p.Suites, p.Commands...))
}

// run is Main without the process around it. It starts no workers if the process was not
// dispatched.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, dispatched bool, suites []runner.Suite, own ...Subcommand) int {
	var c commands
	c.Run.workers, c.Conform.workers, c.Vet.workers, c.Explore.workers = dispatched, dispatched, dispatched, dispatched
	exited := -1
	program := filepath.Base(os.Args[0])
	options := append(dynamic(own), kong.Name(program), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": program + " " + version()}, kong.Description(description))
	parser, err := kong.New(&c, options...)
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	switch {
	case len(args) == 0:
		return written(stderr, stdout, overview(parser, suites))
	case args[0] == completeFlag:
		return written(stderr, stdout, lines(complete(parser, suites, args[1:])))
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
	case "vet":
		return c.Vet.run(ctx, stdout, stderr, suites)
	case "diff":
		return c.Diff.run(ctx, stdout, stderr, suites)
	case "diagram":
		return c.Diagram.run(ctx, stdout, stderr, suites)
	case "explore":
		return c.Explore.run(ctx, stdout, stderr, suites)
	case "show":
		return c.Show.run(stdout, stderr)
	case "completion":
		return written(stderr, stdout, c.Completion.script(program))
	}
	return c.Run.run(ctx, stdout, stderr, suites)
}

// written writes text to stdout.
func written(stderr, stdout io.Writer, text string) int {
	if _, err := io.WriteString(stdout, text); err != nil {
		return unwritten(stderr, "write", err)
	}
	return exitcode.Passed
}
