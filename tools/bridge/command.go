// Package bridge is the command `lahja bridge`.
package bridge

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja/bridge"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// Command is `lahja bridge`: a command for command.Program. Its fields are its flags, with the tags
// of package kong.
type Command struct {
	Sockets string   `help:"The directory of the Unix sockets, each named NAME.ipc." placeholder:"DIR"`
	NATS    string   `help:"The NATS server's URL." env:"LAHJA_NATS" name:"nats" placeholder:"URL"`
	Creds   string   `help:"Present the credentials in FILE to NATS." env:"LAHJA_NATS_CREDS" placeholder:"FILE"`
	Bus     string   `help:"The bus on the server: what its subjects begin with. Default: lahja."`
	Export  []string `help:"Let endpoints on sockets be seen on the server whose names match this glob (repeatable, or with commas). Default: none." placeholder:"GLOB"`
	Import  []string `help:"Let endpoints on the server be seen on sockets whose names match this glob (repeatable, or with commas). Default: none." placeholder:"GLOB"`
}

// NewCommand returns the command with no flags set.
func NewCommand() *Command { return &Command{} }

// Name implements command.Subcommand.
func (*Command) Name() string { return "bridge" }

// Summary implements command.Subcommand.
func (*Command) Summary() string {
	return "Join the endpoints on this machine's sockets with those on a NATS server."
}

// Help is shown with the command's flags.
func (*Command) Help() string {
	return "Each endpoint on the server whose name matches --import appears as a socket in the directory, and each socket whose name matches " +
		"--export appears on the server. Programs connect to each other by name, as before. The bridge logs who comes and goes. " +
		"Exit code 0 means that you interrupted it; 1, it could not run; 2, wrong usage."
}

// Run implements command.Subcommand.
func (c *Command) Run(ctx context.Context, _, stderr io.Writer) int {
	switch {
	case c.Sockets == "":
		fmt.Fprintln(stderr, "lahja: no directory of sockets is given: use --sockets DIR")
		return exitcode.Usage
	case c.NATS == "":
		fmt.Fprintln(stderr, "lahja: no NATS server is given: use --nats URL, or set LAHJA_NATS")
		return exitcode.Usage
	case len(c.Export) == 0 || len(c.Import) == 0:
		fmt.Fprintln(stderr, "lahja: nothing would pass: use both --export 'orders,stock*' for endpoints on sockets, and --import '*' for those on the server")
		return exitcode.Usage
	}
	options := bridge.Options{Sockets: c.Sockets, Export: c.Export, Import: c.Import,
		NATS: &natsbus.Options{URL: c.NATS, Bus: c.Bus}, Logger: slog.New(slog.NewTextHandler(stderr, nil))}
	if c.Creds != "" {
		if _, err := os.Stat(c.Creds); err != nil {
			fmt.Fprintln(stderr, "lahja: --creds:", err)
			return exitcode.Usage
		}
		options.NATS.NATS = []nats.Option{nats.UserCredentials(c.Creds)}
	}
	if err := bridge.Run(ctx, options); err != nil {
		fmt.Fprintln(stderr, "lahja:", strings.TrimPrefix(err.Error(), "lahja: "))
		return exitcode.Failed
	}
	return exitcode.Passed
}
