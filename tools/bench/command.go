package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/internal/progress"
)

// Command is `lahja bench`: a command for command.Program. Its fields are its flags,
// with the tags of package kong.
type Command struct {
	Named      []string `arg:"" optional:"" name:"measure" help:"Measure only this: fanout, roundtrip, local, scenario, idle, bridge or scale. Default: all except bridge and scale."`
	Measure    []string `help:"The same as a flag (repeatable)." placeholder:"NAME"`
	System     []string `help:"Measure this system alone (repeatable): lahja, limit, writeperframe, nats, channels, natsbus. Ratios need lahja. Default: all." placeholder:"NAME"`
	Payload    *int     `help:"Bytes of each event (fanout, roundtrip, local, bridge). Default: the cases' own." placeholder:"BYTES"`
	Consumers  *int     `help:"Number of receivers (fanout, local, bridge). Default: the cases' own." placeholder:"N"`
	Events     *int     `help:"Number of events after the warm-up (fanout, roundtrip, local, scenario, bridge; the fourth only if you name it). Default: the cases' own." placeholder:"N"`
	Throttle   *float64 `help:"Send at most this many events per second (fanout, local, bridge)." placeholder:"RATE"`
	Borrow     bool     `help:"Do not copy the data of events for the bus's handlers (fanout, roundtrip, bridge)."`
	Rounds     int      `help:"Run everything N times in turn; figures are medians." default:"5" placeholder:"N"`
	JSON       bool     `help:"Print one JSON object per case, on a line each, instead of tables." name:"json"`
	Plot       string   `help:"Also draw the figures to FILE, as SVG. This needs Go, and a module that has lahja." placeholder:"FILE"`
	CPUProfile string   `help:"Write a CPU profile of each process to DIR." name:"cpuprofile" placeholder:"DIR"`
}

// NewCommand returns the command with no flags set.
func NewCommand() *Command { return &Command{} }

// Name implements command.Subcommand.
func (*Command) Name() string { return "bench" }

// Summary implements command.Subcommand.
func (*Command) Summary() string {
	return "Measure the bus beside bare sockets, NATS and Go channels, in processes."
}

// Run implements command.Subcommand. Its exit code reports whether everything was measured,
// not whether the targets were met.
func (c *Command) Run(ctx context.Context, stdout, stderr io.Writer) int {
	options, err := c.options()
	if err == nil {
		_, err = Plan(options)
	}
	program := ""
	if err == nil && c.Plot != "" {
		var dir string
		if dir, err = os.MkdirTemp("", "lahja-plot"); err == nil {
			defer os.RemoveAll(dir)
			program, err = buildPlotter(ctx, dir)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	bar := progress.New(stderr)
	options.Progress = bar.Show
	results, err := Measure(ctx, options)
	bar.Clear()
	if ctx.Err() != nil {
		fmt.Fprintf(stderr, "lahja: interrupted after %d figures\n", len(results))
		// The exit code already says that figures are missing.
		_ = c.write(stdout, results, program)
		return exitcode.Interrupted
	}
	for _, line := range options.leftOut() {
		fmt.Fprintln(stderr, "lahja:", line)
	}
	if written := c.write(stdout, results, program); written != nil {
		err = errors.Join(err, fmt.Errorf("write the results: %w", written))
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	return exitcode.Passed
}

func (c *Command) write(stdout io.Writer, results Results, program string) error {
	print := results.Table
	if c.JSON {
		print = results.JSON
	}
	err := print(stdout)
	if program != "" && len(results) > 0 {
		err = errors.Join(err, results.plotFile(program, c.Plot))
	}
	return err
}

// options checks what only the command line can: whether a flag is set to 0 or not set.
func (c *Command) options() (Options, error) {
	o := Options{Measures: append(c.Named, c.Measure...), Systems: c.System, Payload: c.Payload,
		Borrow: c.Borrow, Rounds: c.Rounds, CPUProfile: c.CPUProfile}
	switch {
	case c.Rounds < 1:
		return o, fmt.Errorf("--rounds %d: measure at least once", c.Rounds)
	case c.Consumers != nil && *c.Consumers < 1:
		return o, fmt.Errorf("--consumers %d: want at least 1", *c.Consumers)
	case c.Events != nil && *c.Events < 1:
		return o, fmt.Errorf("--events %d: send at least 1", *c.Events)
	case c.Throttle != nil && !(*c.Throttle > 0):
		return o, fmt.Errorf("--throttle %g: more than 0 events a second, or leave it out", *c.Throttle)
	}
	if c.Plot != "" && !strings.HasSuffix(c.Plot, ".svg") {
		return o, fmt.Errorf("--plot %s: the picture is SVG; use a name that ends in .svg", c.Plot)
	}
	if c.Consumers != nil {
		o.Consumers = *c.Consumers
	}
	if c.Events != nil {
		o.Events = *c.Events
	}
	if c.Throttle != nil {
		o.Throttle = *c.Throttle
	}
	if c.CPUProfile != "" {
		if err := os.MkdirAll(c.CPUProfile, 0o755); err != nil {
			return o, fmt.Errorf("--cpuprofile: %w", err)
		}
	}
	return o, o.check()
}
