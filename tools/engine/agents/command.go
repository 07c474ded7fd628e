package agents

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// Server is how a command reaches NATS.
type Server struct {
	NATS  string `help:"The NATS server's URL." env:"LAHJA_NATS" name:"nats" placeholder:"URL"`
	Creds string `help:"Show NATS the credentials in FILE, or sign with the seed of an nkey there." env:"LAHJA_NATS_CREDS" placeholder:"FILE"`
}

func (s Server) options() ([]nats.Option, error) {
	if s.Creds == "" {
		return nil, nil
	}
	option, err := credentials(s.Creds)
	if err != nil {
		return nil, fmt.Errorf("agents: credentials for NATS: %w", err)
	}
	return []nats.Option{option}, nil
}

var errNoServer = errors.New("no NATS server is given: use --nats URL, or set LAHJA_NATS")

// AgentCommand is `lahja agent`: a command for command.Program. Its fields are its flags, with
// the tags of package kong.
type AgentCommand struct {
	Server
	ID           string   `help:"The agent's name. Default: the host's name and the process id." name:"id"`
	Label        []string `help:"What scenarios choose this machine by (repeatable)." placeholder:"KEY=VALUE"`
	Capacity     int      `help:"How many processes run here at once. Default: 16 for each processor."`
	Address      string   `help:"Where endpoints listen here, for the other machines. Default: where NATS sees this machine."`
	Dir          string   `help:"Keep programs in DIR. Default: lahja-agent in the user's cache directory." placeholder:"DIR"`
	Trust        []string `help:"Run what is signed with this public key (repeatable)." placeholder:"KEY"`
	Program      []string `help:"Run the program with this SHA-256, whoever asks (repeatable)." placeholder:"HASH"`
	TrustAnybody bool     `help:"Run whatever anybody who reaches NATS asks for. Only for a closed network."`
	AllowRoot    bool     `help:"Run as root, and all programs, too."`
	NewKey       string   `help:"Make a key that signs orders, write it to FILE, print its public key, and exit." placeholder:"FILE"`
}

// NewAgentCommand returns the command with no flags set.
func NewAgentCommand() *AgentCommand { return &AgentCommand{} }

// Name implements command.Subcommand.
func (*AgentCommand) Name() string { return "agent" }

// Summary implements command.Subcommand.
func (*AgentCommand) Summary() string {
	return "Run drivers on this machine for users whom it trusts. Orders come over NATS."
}

// Help is shown with the command's flags.
func (*AgentCommand) Help() string {
	return "An agent starts the programs that it is told to, so it needs to know whom it may trust: give --trust, --program or --trust-anybody. " +
		"It needs a NATS server with JetStream, and no open port. Run it as a user of its own. " +
		"Exit code 0 means that you interrupted it; 1, it could not run; 2, wrong usage."
}

// Run implements command.Subcommand.
func (c *AgentCommand) Run(ctx context.Context, stdout, stderr io.Writer) int {
	if c.NewKey != "" {
		return c.newKey(stdout, stderr)
	}
	if c.NATS == "" {
		fmt.Fprintln(stderr, "lahja:", errNoServer)
		return exitcode.Usage
	}
	if len(c.Trust)+len(c.Program) == 0 && !c.TrustAnybody {
		fmt.Fprintln(stderr, "lahja: the agent would trust nobody: give --trust KEY (lahja agent --new-key FILE makes one), "+
			"--program HASH, or in a closed network --trust-anybody")
		return exitcode.Usage
	}
	options, err := c.options()
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Usage
	}
	err = Run(ctx, AgentOptions{URL: c.NATS, NATS: options, ID: c.ID, Labels: c.Label, Capacity: c.Capacity, Address: c.Address, Dir: c.Dir,
		Trust: Trust{Keys: c.Trust, Programs: c.Program, Anybody: c.TrustAnybody}, AllowRoot: c.AllowRoot,
		Logger: slog.New(slog.NewTextHandler(stderr, nil))})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	return exitcode.Passed
}

func (c *AgentCommand) newKey(stdout, stderr io.Writer) int {
	public, err := makeKey(c.NewKey)
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	fmt.Fprintln(stdout, public)
	return exitcode.Passed
}

// makeKey writes the seed of a new key to a file that does not exist.
func makeKey(file string) (public string, err error) {
	key, err := nkeys.CreateUser()
	if err != nil {
		return "", err
	}
	seed, err := key.Seed()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "%s\n", seed)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return key.PublicKey()
}

// ListCommand is `lahja agents`.
type ListCommand struct {
	Server
	JSON bool `help:"Print one JSON object per agent." name:"json"`
}

// NewListCommand returns the command with no flags set.
func NewListCommand() *ListCommand { return &ListCommand{} }

// Name implements command.Subcommand.
func (*ListCommand) Name() string { return "agents" }

// Summary implements command.Subcommand.
func (*ListCommand) Summary() string { return "List the agents, with their capacity, load and clock." }

// Run implements command.Subcommand.
func (c *ListCommand) Run(ctx context.Context, stdout, stderr io.Writer) int {
	if c.NATS == "" {
		fmt.Fprintln(stderr, "lahja:", errNoServer)
		return exitcode.Usage
	}
	all, err := c.list(ctx)
	if err == nil {
		err = c.print(stdout, all)
	}
	if err != nil {
		fmt.Fprintln(stderr, "lahja:", err)
		return exitcode.Failed
	}
	return exitcode.Passed
}

func (c *ListCommand) list(ctx context.Context) ([]Info, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	conn, refusals, err := connect(c.NATS, "lahja agents", toParents, nil, options...)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, release := refusals.over(ctx)
	defer release()
	all, err := List(ctx, conn)
	for i := range all {
		if err == nil {
			all[i], err = Measure(ctx, conn, all[i])
		}
	}
	return all, refusals.or(err)
}

func (c *ListCommand) print(w io.Writer, all []Info) error {
	if c.JSON {
		for _, i := range all {
			if _, err := fmt.Fprintf(w, "%s\n", encoded(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(w, "no agent answered within %v\n", discoverTime)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "agent\thost\taddress\tprocesses\tclock\tplatform\tlabels")
	for _, i := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d of %d\t%s\t%s\t%s\n", i.ID, i.Host, i.Address, i.Load, i.Capacity, clock(i), i.Platform, strings.Join(i.Labels, " "))
	}
	return t.Flush()
}

// clock says how far a clock is from this one, as exactly as that is known.
func clock(i Info) string {
	if i.Ahead.Abs() <= i.Uncertain {
		return "±" + i.Uncertain.Round(10*time.Microsecond).String()
	}
	return fmt.Sprintf("%+v", i.Ahead.Round(time.Millisecond/10))
}
