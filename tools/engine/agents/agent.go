package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// defaultCapacity is for how many processes an agent has room for each processor: drivers mostly wait.
const defaultCapacity = 16

// AgentOptions describes an agent. The zero value has a capacity of 16 processes a processor
// and trusts nobody.
type AgentOptions struct {
	// URL is the NATS server's, several have commas between them; NATS are options for it.
	URL  string
	NATS []nats.Option
	// ID names the agent; empty means the host's name and the process id. Two agents must not
	// have the same.
	ID string
	// Labels are what scenarios choose machines by: "zone=a".
	Labels []string
	// Capacity is how many processes the agent runs at once.
	Capacity int
	// Address is where endpoints on this machine listen, for the other machines; empty means the
	// address from which the NATS server sees the agent.
	Address string
	// Dir keeps the programs and the directories of runs; empty means a directory "lahja-agent"
	// in the user's cache directory.
	Dir string
	// Trust says which orders are carried out.
	Trust Trust
	// AllowRoot lets the agent run as root, as which the programs then run, too.
	AllowRoot bool
	// Logger is told of runs, of processes, and of orders that were refused; nil discards that.
	Logger *slog.Logger
}

// leaseTime is how long a run goes on of whose parent nothing is heard, while NATS is there. While
// it is not, a run goes on for as long as its parent waits for NATS (outage).
const leaseTime = 3500 * time.Millisecond

// Run is an agent, until its context ends. It then ends the processes that it has started.
func Run(ctx context.Context, options AgentOptions) error {
	if !childproc.Supported {
		return fmt.Errorf("agents: drivers cannot be processes on %s", runtime.GOOS)
	}
	if os.Geteuid() == 0 && !options.AllowRoot {
		return errors.New("agents: this is root, and so would be every program that the agent is told to run; " +
			"run it as a user of its own, or allow root")
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("agents: %w", err)
	}
	a := &agent{options: options, host: host, log: cmp.Or(options.Logger, slog.New(slog.DiscardHandler)), runs: map[string]*agentRun{}, freed: make(chan struct{})}
	a.options.ID = token(cmp.Or(options.ID, host+"-"+strconv.Itoa(os.Getpid())))
	a.options.Capacity = cmp.Or(options.Capacity, defaultCapacity*runtime.GOMAXPROCS(0))
	if a.options.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("agents: a directory for programs: %w", err)
		}
		a.options.Dir = filepath.Join(cache, "lahja-agent")
	}
	if err := os.MkdirAll(a.options.Dir, 0o700); err != nil {
		return fmt.Errorf("agents: a directory for programs: %w", err)
	}
	if err := sweep(); err != nil {
		a.log.Warn("what a killed agent has left cannot be removed", "error", err)
	}
	return a.run(ctx)
}

// token is text as one token of a NATS subject.
func token(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '.' || r == '*' || r == '>' || r > '~' {
			return '-'
		}
		return r
	}, text)
}

type agent struct {
	options  AgentOptions
	host     string
	log      *slog.Logger
	conn     *nats.Conn
	guard    guard
	key      nkeys.KeyPair // for whom parents seal, for as long as the agent runs
	programs programs

	mu   sync.Mutex
	runs map[string]*agentRun
	// load is how many places are taken. Freed is closed when some are given back.
	load  int
	freed chan struct{}
}

func (a *agent) run(ctx context.Context) error {
	conn, refusals, err := connect(a.options.URL, "lahja agent "+a.options.ID, toAgents+a.options.ID+".inbox", a.log,
		append([]nats.Option{nats.RetryOnFailedConnect(true)}, a.options.NATS...)...)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := awaitConnected(ctx, conn, a.log); err != nil {
		return err
	}
	a.conn, a.programs = conn, programs{conn: conn, dir: a.options.Dir}
	if a.key, err = nkeys.CreateCurveKeys(); err != nil {
		return fmt.Errorf("agents: make a key: %w", err)
	}
	public, err := a.key.PublicKey()
	if err != nil {
		return fmt.Errorf("agents: make a key: %w", err)
	}
	a.guard = guard{trust: a.options.Trust, agent: a.options.ID, key: public}
	for _, key := range a.options.Trust.Keys {
		if _, err := nkeys.FromPublicKey(key); err != nil {
			return fmt.Errorf("agents: %q is no public nkey: %w", key, err)
		}
	}
	if a.options.Address == "" {
		ip, err := conn.GetClientIP()
		if err != nil {
			return fmt.Errorf("agents: the NATS server does not say from which address it sees the agent; set Address: %w", err)
		}
		a.options.Address = ip.String()
	}
	orders, err := conn.Subscribe(doSubject(a.options.ID), func(m *nats.Msg) { go a.take(ctx, m) })
	if err != nil {
		return fmt.Errorf("agents: listen for orders: %w", err)
	}
	defer orders.Unsubscribe()
	discovered, err := micro.AddService(conn, a.describe())
	if err != nil {
		return fmt.Errorf("agents: announce the agent: %w", err)
	}
	defer discovered.Stop()
	a.log.Info("the agent waits for orders", "agent", a.options.ID, "address", a.options.Address, "capacity", a.options.Capacity)
	ctx, release := refusals.over(ctx)
	defer release()
	a.expire(ctx)
	a.endAll()
	return refusals.refused()
}

// awaitConnected waits for the NATS server, for as long as that takes.
func awaitConnected(ctx context.Context, conn *nats.Conn, log *slog.Logger) error {
	said := false
	for !conn.IsConnected() {
		if conn.IsClosed() {
			return fmt.Errorf("agents: connect to NATS at %s: %w", server(conn), lastError(conn))
		}
		if !said {
			log.Warn("the NATS server cannot be reached yet", "error", conn.LastError())
			said = true
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// What an agent says of itself in NATS' service discovery.
const (
	metaHost     = "host"
	metaLabels   = "labels"
	metaCapacity = "capacity"
	metaAddress  = "address"
	metaPlatform = "platform"
	metaVersion  = "version"
	metaKey      = "key"
)

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

func (a *agent) describe() micro.Config {
	return micro.Config{Name: service, Version: "1.0.0", Description: a.options.ID, Metadata: map[string]string{
		metaHost: a.host, metaLabels: strings.Join(a.options.Labels, ","), metaCapacity: strconv.Itoa(a.options.Capacity),
		metaAddress: a.options.Address, metaPlatform: platform(), metaVersion: version(), metaKey: a.guard.key}}
}

// version is that of the module, where the program was built as one, and of Go.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version + " " + runtime.Version()
	}
	return runtime.Version()
}

// take carries out one request.
func (a *agent) take(ctx context.Context, m *nats.Msg) {
	var r request
	var out answer
	if err := json.Unmarshal(m.Data, &r); err != nil {
		out.Error = "the request cannot be read: " + err.Error()
	} else if err := a.do(ctx, r, &out); err != nil {
		out.Error = err.Error()
	}
	out.Time = time.Now()
	a.mu.Lock()
	out.Load = a.load
	a.mu.Unlock()
	// Whoever asked asks again where no answer arrives.
	_ = m.Respond(encoded(out))
}

func (a *agent) do(ctx context.Context, r request, out *answer) error {
	switch r.Op {
	case opPing:
		a.renew(r.Run)
		out.Key = a.guard.key
		return nil
	case opProgram:
		return a.fetch(ctx, r.Program, out)
	case opPlace:
		return a.place(r.Run, r.Places, out)
	case opStart:
		return a.start(ctx, r, out)
	case opClose:
		a.end(r.Run, "its parent has closed it")
		return nil
	}
	p := a.process(r.Run, r.Process)
	if p == nil {
		return fmt.Errorf("agent %s has no process %s of run %s: it was restarted, or had not heard of the run for %v",
			a.options.ID, r.Process, r.Run, leaseTime)
	}
	var err error
	out.Answer, err = p.do(ctx, r.Request)
	return err
}

// comingWait is how long a request waits for a program before it is answered, so that the answer is
// none that was given up for.
const comingWait = tryTime / 3

// fetch has a program here soon. The parent asks again for as long as it is on its way.
func (a *agent) fetch(ctx context.Context, sum string, out *answer) error {
	c, err := a.programs.begin(ctx, sum)
	if err != nil {
		return err
	}
	select {
	case <-c.arrived:
		return c.err
	case <-time.After(comingWait):
		out.Coming = true
		return nil
	}
}

func (a *agent) process(run, process string) *agentProcess {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r := a.runs[run]; r != nil {
		return r.processes[process]
	}
	return nil
}
