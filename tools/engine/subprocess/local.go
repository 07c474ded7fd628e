package subprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/coverage"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// Hosts is the launcher of processes that this one starts, on these hosts; none means
// on this machine itself.
type Hosts []Host

// Name implements Launcher.
func (h Hosts) Name() string {
	if len(h) == 0 {
		return plainName
	}
	return plainName + "@" + strings.Join(hostNames(h), ",")
}

// Has implements Launcher. What a host's command starts may not be below it.
func (h Hosts) Has() []engine.Capability {
	if orphans.Supported && len(h) == 0 {
		return []engine.Capability{engine.FindsDetached}
	}
	return nil
}

// Machines implements Launcher.
func (h Hosts) Machines(context.Context) ([]engine.Machine, error) {
	here := engine.ThisMachine()
	if len(h) == 0 {
		return []engine.Machine{here}, nil
	}
	all := make([]engine.Machine, len(h))
	for i, host := range h {
		all[i] = engine.Machine{Name: host.Name, Address: host.Address, Labels: append([]string{engine.HostLabel(host.Name)}, here.Labels...)}
	}
	return all, nil
}

// Place implements Launcher.
func (h Hosts) Place(ctx context.Context, run Placing) (Placement, error) {
	machines, err := h.Machines(ctx)
	if err != nil {
		return nil, err
	}
	at, err := run.Assign(machines)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("subprocess: find this program to start it again: %w", err)
	}
	return Start(Local{Program: program, Hosts: h, At: at, Dir: run.Dir, Env: os.Environ()})
}

// Local describes processes that this one starts for a run.
type Local struct {
	// Program is the file of the program that is started.
	Program string
	// Hosts are where it runs; none means on this machine itself.
	Hosts []Host
	// At is the index of each driver's host.
	At []int
	// Dir is the run's private directory.
	Dir string
	// Env is the environment of every process, besides Spec.Env. If it has no GOCOVERDIR, coverage
	// counters are removed at the end.
	Env []string
}

// Start is a placement of processes that this one starts. They get a place for coverage counters
// where this program is instrumented but has none.
func Start(l Local) (Placement, error) {
	p := &local{program: l.Program, hosts: l.Hosts, at: l.At, dir: l.Dir, env: l.Env}
	if coverage.WriteMeta(discard{}) == nil && !countsSomewhere(l.Env) {
		dir, err := os.MkdirTemp("", "lahja-cover-")
		if err != nil {
			return nil, fmt.Errorf("subprocess: make a coverage directory for children: %w", err)
		}
		p.env = append(p.env, "GOCOVERDIR="+dir)
		p.coverage = dir
	}
	p.release = orphans.Adopt()
	p.before = orphans.Adopted()
	return p, nil
}

// countsSomewhere reports whether an environment has a place for coverage counters.
func countsSomewhere(env []string) bool {
	return slices.ContainsFunc(env, func(variable string) bool {
		dir, is := strings.CutPrefix(variable, "GOCOVERDIR=")
		return is && dir != ""
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// local is a placement of processes that this one starts.
type local struct {
	program  string
	hosts    []Host
	at       []int
	dir      string
	env      []string
	coverage string // a directory to remove; empty for none
	release  func()

	// before are the orphans that this process had when the run began.
	before []orphans.Process

	mu sync.Mutex
	// groups are the process groups of those that were started.
	groups []int
}

// Close implements Placement.
func (p *local) Close() []string {
	orphans.Adopted() // It waits for the dead.
	p.release()
	if p.coverage != "" {
		if err := os.RemoveAll(p.coverage); err != nil {
			return []string{fmt.Sprintf("directory: coverage counters of children could not be removed: %v", err)}
		}
	}
	return nil
}

func (p *local) host(driver int) Host {
	if len(p.hosts) == 0 {
		return Host{}
	}
	return p.hosts[p.at[driver]]
}

// Start implements Placement.
func (p *local) Start(_ context.Context, spec Spec) (Process, error) {
	control, child, err := childproc.Pair()
	if err != nil {
		return nil, err
	}
	defer child.Close()
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	defer outWrite.Close()
	c := &localProcess{placement: p, driver: spec.Name, host: p.host(spec.Driver), control: control, outRead: outRead, copied: make(chan error, 1)}
	line := slices.Concat(c.host.Command, []string{p.program}, spec.Args)
	c.cmd = exec.Command(line[0], line[1:]...)
	c.cmd.Env = slices.Concat(p.env, spec.Env)
	c.cmd.Stdout, c.cmd.Stderr = outWrite, outWrite
	c.cmd.ExtraFiles = []*os.File{child}
	if ring := spec.Ring.File(); ring != nil {
		c.cmd.ExtraFiles = append(c.cmd.ExtraFiles, ring)
	}
	childproc.Lead(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, errors.Join(err, control.Close(), outRead.Close())
	}
	_ = spec.Ring.CloseFile() // It is memory: nothing is written at its close.
	p.leads(c.cmd.Process.Pid)
	go c.copyOutput(spec.Output)
	return c, nil
}

// localProcess is a process that this one has started.
type localProcess struct {
	placement *local
	driver    string
	host      Host
	cmd       *exec.Cmd
	control   *os.File
	// outRead is this side of the process's output; copied gets the error that ended the copying.
	outRead *os.File
	copied  chan error

	// killed is set before the process is killed by us.
	killed atomic.Bool
	left   []string // what Wait has found

	detaching sync.Mutex // guards detached
	detached  []orphans.Process
}

// Control implements Process.
func (c *localProcess) Control() Control { return c.control }

// Skew implements Process: there is one clock.
func (c *localProcess) Skew() (ahead, uncertain time.Duration) { return 0, 0 }

// Where implements Process.
func (c *localProcess) Where() Where {
	return Where{Host: c.host.Name, Address: c.host.Address, Dir: c.placement.dir, PID: c.cmd.Process.Pid}
}

func (c *localProcess) copyOutput(emit func(string)) {
	defer c.outRead.Close()
	output := lines{emit: emit}
	_, err := io.Copy(&output, c.outRead)
	output.flush()
	c.copied <- err
}

// Pause implements Process.
func (c *localProcess) Pause(context.Context) error {
	if err := childproc.Stop(c.cmd.Process.Pid); err != nil {
		return err
	}
	if err := awaitStopped(c.cmd.Process.Pid); err != nil {
		return fmt.Errorf("wait for process %d to stand still: %w", c.cmd.Process.Pid, err)
	}
	return nil
}

// Resume implements Process.
func (c *localProcess) Resume(context.Context) error { return childproc.Continue(c.cmd.Process.Pid) }

// Kill implements Process.
func (c *localProcess) Kill() {
	c.Dying()
	c.killed.Store(true)
	// The group may be gone already.
	_ = childproc.Kill(c.cmd.Process.Pid)
}

// Wait implements Process. What is left of the process group would hold the output open.
func (c *localProcess) Wait(grace time.Duration) Exit {
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		// The state tells all; with plain files Wait has nothing else to report.
		_ = c.cmd.Wait()
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-exited:
	case <-timer.C:
		// It closed its control connection and lives on.
		c.Kill()
		<-exited
	}
	pid := c.cmd.Process.Pid
	if groupLives(pid) && !c.killed.Load() {
		c.left = append(c.left, fmt.Sprintf("process: driver %s left processes behind in the group of its process %d (%s)",
			c.driver, pid, strings.Join(groupMembers(pid), ", ")))
	}
	_ = childproc.Kill(pid)
	exit := ExitOf(c.cmd.ProcessState)
	// Container runtimes and shells that stand before the process say so for it.
	if n := exit.Code - 128; len(c.host.Command) > 0 && n == int(syscall.SIGKILL) {
		exit = Exit{Signal: syscall.Signal(n)}
	}
	return exit
}

// outputGrace is how long the rest of a process's output may take once it has ended:
// it is in the pipe already.
const outputGrace = 200 * time.Millisecond

// Clean implements Process.
func (c *localProcess) Clean(looked bool) []string {
	left := append(c.left, c.endDetached(looked)...)
	// Without a deadline the copying ends when the last writer does, and a process that left
	// the group may hold the pipe for ever.
	_ = c.outRead.SetReadDeadline(time.Now().Add(outputGrace))
	if err := <-c.copied; errors.Is(err, os.ErrDeadlineExceeded) {
		left = append(left, fmt.Sprintf("process: driver %s left a process behind that is not in the group of its process %d and holds its output open",
			c.driver, c.cmd.Process.Pid))
	}
	return left
}
