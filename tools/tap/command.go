package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// Command is `lahja tap`: a command for command.Program. Its fields are its flags,
// with the tags of package kong.
type Command struct {
	Address  string        `arg:"" help:"Where the endpoint listens: a socket's path, tcp://host:port or tls://host:port."`
	Events   bool          `help:"Show the events that pass." default:"true" negatable:""`
	Inspect  bool          `help:"Show tables and no events: the same as --no-events."`
	Type     []string      `help:"Show only events of types that match this glob (repeatable). Default: all." placeholder:"GLOB" sep:"none"`
	Once     bool          `help:"Print the current state as JSON and exit."`
	Interval time.Duration `help:"Time between two looks at the state: at least 100ms." default:"1s"`
	JSON     bool          `help:"Print one JSON object per line, even on a terminal." name:"json"`
	TLSCA    string        `help:"Trust certificates signed by the authorities in FILE (PEM). Default: those of the system." name:"tls-ca" placeholder:"FILE"`
	TLSCert  string        `help:"Present the certificate in FILE (PEM)." name:"tls-cert" placeholder:"FILE"`
	TLSKey   string        `help:"The certificate's key, in FILE (PEM)." name:"tls-key" placeholder:"FILE"`
	TLSName  string        `help:"The name in the endpoint's certificate. Default: the address's host." name:"tls-name" placeholder:"NAME"`
}

// NewCommand returns the command with no flags set.
func NewCommand() *Command { return &Command{} }

// Name implements command.Subcommand.
func (*Command) Name() string { return "tap" }

// Summary implements command.Subcommand.
func (*Command) Summary() string {
	return "Show a running endpoint: its peers, subscriptions, queues, and the events that pass."
}

// Help is shown with the command's flags.
func (*Command) Help() string {
	return "On a terminal, the command redraws tables in place, with the latest events below. " +
		"Elsewhere it prints each event as a JSON object on a line, or with --inspect one set of tables after the other. " +
		"The endpoint does not wait for this command. If it reads too slowly, it loses events and counts them. " +
		"Exit code 0 means that you interrupted it while it showed the endpoint, or that --once is printed; " +
		"1, the endpoint refused, was not there or went away; 2, wrong usage; 130, you interrupted it before it saw anything."
}

// Run implements command.Subcommand.
func (c *Command) Run(ctx context.Context, stdout, stderr io.Writer) int {
	target, err := c.target()
	if err == nil {
		err = c.check()
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	v := c.view(stdout)
	s, err := dial(ctx, target, c.wish(v))
	if err == nil {
		defer s.close()
		err = s.watch(ctx, v)
		err = errors.Join(err, v.finish())
	}
	switch {
	case errors.Is(err, errEnough), err == nil:
		return exitcode.Passed
	case ctx.Err() != nil && s != nil && s.seen:
		return exitcode.Passed
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "lahja: interrupted before the endpoint answered")
		return exitcode.Interrupted
	}
	fmt.Fprintln(stderr, "lahja: tap:", err)
	return exitcode.Failed
}
