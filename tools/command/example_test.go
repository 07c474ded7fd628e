package command_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/lahja/go-lahja/tools/command"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/runner"
)

// Tick is what the scenario of the examples sends.
type Tick struct{ N int }

var clock = runner.Suite{Scenarios: []drivers.Scenario{
	drivers.Case("clock/ticks", "the clock's tick arrives",
		drivers.New(drivers.ServeEndpoint("wall"), drivers.Receives(Tick{N: 1})),
		drivers.New(drivers.RunEndpoint("clock"), drivers.ConnectToEndpoints("wall"), drivers.WaitAnyThenBroadcast(Tick{N: 1}))),
}}

// This is a whole program: it lists, runs and compares your scenarios on all built-in engines.
func ExampleMain() {
	_ = func() { // func main()
		command.Main(clock)
	}
}

// Greet is a command of the program's own. Its fields are its arguments and flags.
type Greet struct {
	Who   string `arg:"" help:"Whom to greet."`
	Twice bool   `help:"Greet twice."`
}

func (*Greet) Name() string    { return "greet" }
func (*Greet) Summary() string { return "Greet somebody." }

func (g *Greet) Run(_ context.Context, stdout, _ io.Writer) int {
	fmt.Fprintln(stdout, "hello", g.Who)
	if g.Twice {
		fmt.Fprintln(stdout, "hello again")
	}
	return 0
}

// A program can have commands of its own beside those for scenarios: here
// "clock greet --twice bob".
func ExampleProgram() {
	program := command.Program{Suites: []runner.Suite{clock}, Commands: []command.Subcommand{&Greet{}}}
	_ = program.Main // It parses the flags, runs a command, and exits.

	code := (&Greet{Who: "bob", Twice: true}).Run(context.Background(), os.Stdout, os.Stderr)
	fmt.Println("exit code", code)
	// Output:
	// hello bob
	// hello again
	// exit code 0
}
