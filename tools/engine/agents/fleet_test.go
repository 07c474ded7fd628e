package agents_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/internal/machines"
	"github.com/lahja/go-lahja/tools/internal/race"
)

// The machines of these tests: agents run on the first three. The others are where people sit, and
// reach NATS alone.
var (
	inside  = []string{"east", "west", "north"}
	outside = []string{"laptop", "desk"}
)

const (
	insideURL  = "nats://" + netns.HubAddress + ":4222"
	outsideURL = "nats://" + netns.OutsideAddress + ":4222"
	// busURL is that of a closed server's user for endpoints.
	busURL = "nats://bus:SECRET@" + netns.HubAddress + ":4222"
)

// openServer is a NATS server as it is without settings, but for JetStream.
const openServer = `
listen: "0.0.0.0:4222"
jetstream { store_dir: "/tmp/jetstream" }
max_payload: 1MB
`

// setup is how a fleet differs from one with an open server and right clocks.
type setup struct {
	// closed has the server have the settings of docs/agents.md.
	closed bool
	ahead  map[string]time.Duration
	// flags are those of the agents.
	flags []string
}

// fleet is machines with agents on them.
type fleet struct {
	t      testing.TB
	lab    *machines.Lab
	server *machines.Running
	agents map[string]*machines.Running
	flags  []string // of the agents
	// conn is a connection of the test's own, which may do what people may.
	conn   *nats.Conn
	closed bool
}

// newFleet starts machines on which nothing runs.
func newFleet(t testing.TB, with setup) *fleet {
	if race.Factor > 1 {
		t.Skip("the race detector makes five machines on one so slow that they fall silent for longer than they may; " +
			"what runs on them is raced by itself")
	}
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lab, err := machines.Start(ctx, machines.Plan{Inside: inside, Outside: outside, Ahead: with.ahead})
	if errors.Is(err, machines.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fleet{t: t, lab: lab, agents: map[string]*machines.Running{}, closed: with.closed}
}

// startFleet starts machines, a NATS server on the hub, and an agent on each machine that is not
// outside.
func startFleet(t testing.TB, with setup) *fleet {
	t.Helper()
	f := newFleet(t, with)
	settings := openServer
	if f.closed {
		settings = f.closedServer()
	}
	f.write(f.lab.Hub(), "/tmp/nats.conf", settings)
	f.startServer()
	var err error
	if f.conn, err = f.connect(peopleFile); err != nil {
		t.Fatal(err)
	}
	f.flags = append([]string{"--trust", f.makeKey(keyFile, outside...), "--capacity", "100"}, with.flags...)
	for _, name := range inside {
		f.startAgent(name)
	}
	awaitAgents(t, f.conn, len(inside))
	return f
}

func (f *fleet) startAgent(name string) {
	f.t.Helper()
	args := append([]string{"agent", "--nats", insideURL, "--id", name}, f.flags...)
	if f.closed {
		args = append(args, "--creds", agentFile)
	}
	f.agents[name] = f.start(f.lab.Machine(name), f.t.Output(), nil, args...)
}

// connect returns a connection of the test's own, with the credentials of somebody outside, or of the
// agent on east.
func (f *fleet) connect(credentials string) (*nats.Conn, error) {
	options := []nats.Option{nats.SetCustomDialer(f.lab.Hub()), nats.MaxReconnects(-1), quiet}
	if f.closed {
		m, inbox := f.lab.Machine("laptop"), "lahja-runs"
		if credentials == agentFile {
			m, inbox = f.lab.Machine("east"), "lahja-agents.east.inbox"
		}
		key, err := nats.NkeyOptionFromSeed(m.Path(credentials))
		if err != nil {
			return nil, err
		}
		options = append(options, key, nats.CustomInboxPrefix(inbox))
	}
	conn, err := nats.Connect(insideURL, options...)
	if err == nil {
		f.t.Cleanup(conn.Close)
	}
	return conn, err
}

// write writes a file of a machine.
func (f *fleet) write(m *machines.Machine, file, text string) {
	f.t.Helper()
	if err := os.WriteFile(m.Path(file), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// Where people have the key that signs their orders and the one that the NATS server knows, and an
// agent the one that the server knows.
const (
	keyFile    = "/tmp/orders.key"
	peopleFile = "/tmp/people.nk"
	agentFile  = machines.Home + "/agent.nk"
)

// makeKey writes a new key to a file of these machines, and returns its public half.
func (f *fleet) makeKey(file string, names ...string) string {
	f.t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		f.t.Fatal(err)
	}
	seed, err1 := key.Seed()
	public, err2 := key.PublicKey()
	if err := errors.Join(err1, err2); err != nil {
		f.t.Fatal(err)
	}
	for _, name := range names {
		f.write(f.lab.Machine(name), file, string(seed))
	}
	return public
}

// settings matches those of the NATS server on a page.
var settings = regexp.MustCompile("(?s)<!-- settings: nats.conf -->\n```text\n(.*?)```\n")

// closedServer is a NATS server with the settings of docs/agents.md, and one agent more than there.
func (f *fleet) closedServer() string {
	f.t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "agents.md"))
	if err != nil {
		f.t.Fatal(err)
	}
	found := settings.FindSubmatch(page)
	if found == nil {
		f.t.Fatal("docs/agents.md has no settings of the NATS server")
	}
	text := strings.ReplaceAll(string(found[1]), "/var/lib/nats", "/tmp/jetstream")
	text = regexp.MustCompile(`.*UWEST.*\n`).ReplaceAllStringFunc(text, func(west string) string {
		return west + strings.NewReplacer("UWEST", "UNORTH", "west", "north").Replace(west)
	})
	text = strings.ReplaceAll(text, "UPEOPLE", f.makeKey(peopleFile, outside...))
	for _, name := range inside {
		text = strings.ReplaceAll(text, "U"+strings.ToUpper(name), f.makeKey(agentFile, name))
	}
	return text
}

// start starts lahja on a machine.
func (f *fleet) start(m *machines.Machine, out io.Writer, env []string, args ...string) *machines.Running {
	f.t.Helper()
	cmd := m.Command(args...)
	cmd.Env = slices.Concat(cmd.Env, []string{lahjaEnv + "=1"}, env)
	cmd.Stdout, cmd.Stderr = out, out
	running, err := m.Start(cmd)
	if err != nil {
		f.t.Fatal(err)
	}
	return running
}

// startServer starts the NATS server, and returns when it serves.
func (f *fleet) startServer() {
	f.t.Helper()
	out := &output{changed: make(chan struct{}, 1)}
	cmd := f.lab.Hub().Command()
	cmd.Env = append(cmd.Env, serverEnv+"=/tmp/nats.conf")
	cmd.Stdout, cmd.Stderr = out, out
	var err error
	if f.server, err = f.lab.Hub().Start(cmd); err != nil {
		f.t.Fatal(err)
	}
	for !strings.Contains(out.String(), "serving") {
		select {
		case <-out.changed:
		case <-f.server.Ended():
			f.t.Fatalf("the NATS server has ended: %v: %s", f.server.Wait(), out)
		}
	}
}

// stopServer kills the NATS server.
func (f *fleet) stopServer() {
	f.t.Helper()
	if err := f.server.Signal(os.Kill); err != nil {
		f.t.Fatal(err)
	}
	_ = f.server.Wait() // It was killed.
}

// serveNATS is the NATS server.
func serveNATS(settings string) int {
	options, err := server.ProcessConfigFile(settings)
	if err == nil {
		_, err = natstest.Start(options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("serving")
	select {} // It is killed.
}

// output is what a program has printed.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// left is what runs have left on the machines inside: processes that are no agent, and directories.
func (f *fleet) left() (all []string) {
	f.t.Helper()
	for _, name := range inside {
		m := f.lab.Machine(name)
		processes, err := m.Processes()
		if err != nil {
			f.t.Fatal(err)
		}
		for _, p := range processes {
			if p.PID != f.agents[name].PID() {
				all = append(all, fmt.Sprintf("process %s on %s", p, name))
			}
		}
		files, err := os.ReadDir(m.Path("/tmp"))
		if err != nil {
			f.t.Fatal(err)
		}
		for _, file := range files {
			all = append(all, fmt.Sprintf("/tmp/%s on %s", file.Name(), name))
		}
	}
	return all
}
