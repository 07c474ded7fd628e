package foreign_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lahja/go-lahja/tools/engine"
)

// piped is a process engine: it starts this program again for every driver. A child calls its
// parent in JSON, on its standard output and input.
type piped struct{ engine.Backend }

func (p *piped) Name() string       { return "piped+" + p.Backend.Name() }
func (p *piped) ChildName() string  { return p.Name() }
func (p *piped) IsProcess(int) bool { return true }

func (p *piped) Capabilities() engine.Capabilities {
	return p.Backend.Capabilities().With(engine.ProcessIsolation, engine.ChildProcesses, engine.DriverPauses)
}

func (p *piped) Open(ctx context.Context, site engine.Site) (engine.Session, error) {
	dir, err := site.Dir()
	if err != nil {
		return nil, err
	}
	network, err := p.Backend.Open(ctx, site)
	return &session{engine.OnNetwork(p, network, site.Logger), network, dir}, err
}

// session is the engine during one run.
type session struct {
	engine.Session
	network engine.Network
	dir     string
}

// Launch tells a child what to run.
type Launch struct {
	engine.ChildLaunch
	Params map[string]string
	Ring   bool // it inherits one
}

func (s *session) RunDrivers(ctx context.Context, run engine.Run) {
	processes := map[string]*process{}
	for i, d := range run.Drivers {
		a := run.Assignment(i)
		own := engine.ChildLaunch{Engine: s.Name(), Dir: s.dir, Launch: run.Launch, Assignment: a}
		processes[d.Name()] = &process{all: processes, Assignment: a, ended: make(chan struct{}),
			launch: Launch{own, s.network.Params(), a.Ring.File() != nil}}
	}
	var all sync.WaitGroup
	for _, c := range processes {
		all.Go(func() {
			defer close(c.ended)
			c.record(engine.Record{Kind: engine.RecordEnded, Failure: c.run(ctx)})
		})
	}
	all.Wait()
}

// mark is set in the environment of a child.
const mark = "PIPED_CHILD"

// process is a driver's process, as its parent sees it.
type process struct {
	engine.Assignment
	all    map[string]*process
	launch Launch
	ended  chan struct{}
	ctx    context.Context // it ends with the run, or with the child's last call

	mu                           sync.Mutex
	running                      *os.Process // nil until it has asked what to run
	paused, failed, done, killed bool
}

func (c *process) record(r engine.Record) {
	r.Time = cmp.Or(r.Time, time.Now())
	c.Coordinator.Record(r)
}

// run runs the driver and returns the failure that its coordinator has not been told.
func (c *process) run(ctx context.Context) *engine.Failure {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), mark+"=1", "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGCONT) } // Calls tells it to stop.
	cmd.WaitDelay = engine.IgnoreGrace + 2*time.Second
	cmd.Stderr = printed{c}
	if ring := c.Ring.File(); ring != nil {
		cmd.ExtraFiles = []*os.File{ring}
	}
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		return &engine.Failure{Kind: engine.FailedHarness, Message: "start the process: " + err.Error()}
	}
	c.record(engine.Record{Kind: engine.RecordStarted, PID: cmd.Process.Pid})
	calling, over := context.WithCancelCause(ctx)
	c.ctx = calling
	server := rpc.NewServer()
	_ = server.RegisterName("Parent", &Calls{c, cmd.Process}) // It has methods.
	server.ServeCodec(jsonrpc.NewServerCodec(&conn{out, in, func() { over(io.EOF) }}))
	_ = cmd.Wait() // The state says all.
	c.record(engine.Record{Kind: engine.RecordExited, PID: cmd.Process.Pid, Name: cmd.ProcessState.String()})
	return c.judge(ctx, cmd.ProcessState)
}

// judge compares what the child said with how it ended.
func (c *process) judge(ctx context.Context, state *os.ProcessState) *engine.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := engine.FailedProcess
	switch {
	case c.failed, c.done && state.Success(), c.killed && state.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return nil
	case ctx.Err() != nil:
		kind = engine.FailedStopped
	case c.running == nil || state.ExitCode() == engine.ExitHarness:
		kind = engine.FailedHarness
	}
	return &engine.Failure{Kind: kind, Message: fmt.Sprintf("the child ended with %v before its driver had finished", state)}
}

func (c *process) signal(pause bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil || c.paused == pause {
		return errors.New("the driver has not begun, or is so already")
	}
	if c.paused = pause; !pause {
		return c.running.Signal(syscall.SIGCONT)
	}
	if err := c.running.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		if err := unix.Waitid(unix.P_PID, c.running.Pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// printed receives what a child prints.
type printed struct{ *process }

func (p printed) Write(text []byte) (int, error) {
	p.record(engine.Record{Kind: engine.RecordOutput, Name: string(text)})
	return len(text), nil
}

// conn joins two pipes. It calls over when nothing more comes.
type conn struct {
	io.Reader
	io.WriteCloser
	over func()
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && c.over != nil {
		c.over()
	}
	return n, err
}
