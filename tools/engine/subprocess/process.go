package subprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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

// helloTimeout is how long a child may take to dispatch: ten times what a loaded
// machine was seen to need to start and initialise a large binary.
const helloTimeout = 20 * time.Second

// process is the parent's side of one driver's process.
type process struct {
	session    *session
	driver     engine.Driver
	assignment engine.Assignment
	host       Host
	env        []string
	launch     launch
	fleet      *fleet

	cmd  *exec.Cmd
	link *link
	// outRead is this side of the child's output; copied gets the error that
	// ended the copying.
	outRead *os.File
	copied  chan error
	// reaped is closed when the process has ended, and so has given back what it held.
	reaped chan struct{}

	// What the child has told, written by the goroutine that reads it. Stopped
	// says that it has been told to stop, so that its end is a consequence; crashes
	// that its driver has it killed.
	step    *engine.Step
	done    bool
	stopped bool
	crashes bool
	failed  bool // it has recorded a failure
	// killed is set before the child is killed by us.
	killed atomic.Bool

	moves  sync.Mutex // no other lock is taken under it
	motion motion

	detaching sync.Mutex // guards detached
	detached  []orphans.Process
}

// run runs the driver in a process, and records its end.
func (c *process) run(ctx context.Context) {
	c.assignment.Coordinator.Record(engine.Record{Kind: engine.RecordEnded, Failure: c.drive(ctx), Time: time.Now()})
}

// drive runs the driver, and returns the failure that only this process knows, nil for none.
func (c *process) drive(ctx context.Context) *engine.Failure {
	if err := c.fleet.awaitStart(ctx); err != nil {
		return c.failure(engine.FailedStopped, "stopped before its process was started")
	}
	begun := sync.OnceFunc(c.fleet.started)
	defer begun()
	if err := c.start(); err != nil {
		return c.failure(engine.FailedHarness, "the child process could not be started: "+err.Error())
	}
	defer c.link.close()
	read := make(chan error, 1)
	go func() { read <- c.read(ctx, begun) }()

	var err error
	select {
	case err = <-read:
	case <-ctx.Done():
		err = c.stop(ctx, read)
	}
	c.resumeForGood()
	if err != nil && !errors.Is(err, io.EOF) {
		c.kill()
	}
	state := c.wait()
	return c.judge(ctx, state, err)
}

func (c *process) start() error {
	parent, child, err := childproc.Pair()
	if err != nil {
		return err
	}
	defer child.Close()
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		parent.Close()
		return err
	}
	defer outWrite.Close()
	line := slices.Concat(c.host.Command, []string{c.session.program}, c.session.engine.Args,
		[]string{markArg(c.driver.Name(), c.launch.Launch.Scenario)})
	c.cmd = exec.Command(line[0], line[1:]...)
	c.cmd.Env = c.env
	c.cmd.Stdout, c.cmd.Stderr = outWrite, outWrite
	c.cmd.ExtraFiles = []*os.File{child}
	childproc.Lead(c.cmd)
	if err := c.cmd.Start(); err != nil {
		parent.Close()
		outRead.Close()
		return err
	}
	c.fleet.leads(c.cmd.Process.Pid)
	c.link = newLink(parent)
	c.outRead = outRead
	c.copied = make(chan error, 1)
	go func() {
		defer outRead.Close()
		output := lines{emit: func(line string) {
			c.assignment.Coordinator.Record(engine.Record{Kind: engine.RecordOutput, Time: time.Now(), Name: line})
		}}
		_, err := io.Copy(&output, outRead)
		output.flush()
		c.copied <- err
	}()
	return nil
}

// read handles what the child says until it has nothing more to say. It calls begun when
// the child has, and is no longer busy with itself.
func (c *process) read(ctx context.Context, begun func()) error {
	hello, err := c.link.receiveWithin(helloTimeout)
	if err != nil {
		return err
	}
	if hello.Kind != kindHello {
		return fmt.Errorf("%w: a %s record before hello", errGarbage, hello.Kind)
	}
	// If the child is gone, the next receive returns the error.
	_ = c.link.send(message{Record: engine.Record{Kind: kindLaunch}, Launch: &c.launch})
	c.begins()
	if pid := c.cmd.Process.Pid; c.launch.Assignment.AwaitDebugger {
		begun()
		c.assignment.Coordinator.Record(engine.Record{Kind: engine.RecordLog, Time: time.Now(),
			Name: fmt.Sprintf("process %d waits for a debugger: dlv attach %d", pid, pid)})
	}
	for {
		m, err := c.link.receive()
		if err != nil {
			return err
		}
		begun()
		c.handle(ctx, m)
	}
}

func (c *process) handle(ctx context.Context, m message) {
	m.Driver = c.assignment.Index
	switch m.Kind {
	case kindArrive:
		go c.answer(m, func() error { return c.arrive(ctx, m.Name) })
		return
	case kindPause, kindResume:
		go c.answer(m, func() error { return c.fleet.signal(c, m) })
		return
	case kindReap:
		go c.answer(m, func() error { return c.fleet.awaitReaped(ctx) })
		return
	case engine.RecordStep:
		c.step = m.Step
	case engine.RecordFailure:
		c.attribute(m.Failure)
		c.failed = true
		c.assignment.Coordinator.Record(m.Record)
		// The child waits for this before it closes its endpoint, so that what
		// others make of the close is recorded later.
		_ = c.link.send(message{Record: engine.Record{Kind: kindReleased}, Call: m.Call})
		return
	case engine.RecordCrash:
		c.crashes = true
		c.noteDetached()
		c.fleet.crashes(c)
		_ = c.link.send(message{Record: engine.Record{Kind: kindReleased}, Call: m.Call})
		return
	case kindDone:
		c.done = true
		return
	case kindStop:
		c.stopped = true
		return
	}
	c.assignment.Coordinator.Record(m.Record)
}

// arrive returns when the checkpoint is complete and whoever was killed before that has
// ended: what comes next may take its address.
func (c *process) arrive(ctx context.Context, checkpoint string) error {
	if err := c.assignment.Coordinator.Arrive(ctx, checkpoint); err != nil {
		return err
	}
	return c.fleet.awaitReaped(ctx)
}

// answer does what the child asks for, and tells it what came of it.
func (c *process) answer(m message, do func() error) {
	answer := message{Record: engine.Record{Kind: kindReleased}, Call: m.Call}
	if err := do(); err != nil {
		answer.Error, answer.Stopped = err.Error(), errors.Is(err, engine.ErrStopped)
	}
	// If the child is gone, its reader gets the error.
	_ = c.link.send(answer)
}

// stop tells the child to stop and kills it when it does not.
func (c *process) stop(ctx context.Context, read <-chan error) error {
	c.resumeForGood()
	// If the child is gone, its reader gets the error.
	_ = c.link.send(plain(kindStop))
	grace := time.NewTimer(c.session.engine.stopGrace())
	defer grace.Stop()
	select {
	case err := <-read:
		return err
	case <-grace.C:
		c.kill()
		return <-read
	}
}

func (c *process) kill() {
	c.noteDetached()
	c.killed.Store(true)
	// The group may be gone already.
	_ = childproc.Kill(c.cmd.Process.Pid)
}

// wait waits for the child's exit and ends what it left of its process group,
// which would otherwise hold the output pipe open.
func (c *process) wait() *os.ProcessState {
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		// The state tells all; with plain files Wait has nothing else to report.
		_ = c.cmd.Wait()
	}()
	grace := time.NewTimer(c.session.engine.stopGrace())
	defer grace.Stop()
	select {
	case <-exited:
	case <-grace.C:
		// It closed its control connection and lives on.
		c.kill()
		<-exited
	}
	pid := c.cmd.Process.Pid
	if groupLives(pid) && !c.killed.Load() {
		c.session.leak(fmt.Sprintf("process: driver %s left processes behind in the group of its process %d (%s)",
			c.driver.Name(), pid, strings.Join(groupMembers(pid), ", ")))
	}
	_ = childproc.Kill(pid)
	close(c.reaped)
	c.endDetached()
	c.endOutput()
	return c.cmd.ProcessState
}

// outputGrace is how long the rest of a child's output may take once it has ended:
// it is in the pipe already.
const outputGrace = 200 * time.Millisecond

// endOutput waits for the rest of the child's output. A process that left the
// child's group may hold the pipe for ever.
func (c *process) endOutput() {
	// Without a deadline the copying ends when the last writer does.
	_ = c.outRead.SetReadDeadline(time.Now().Add(outputGrace))
	if err := <-c.copied; errors.Is(err, os.ErrDeadlineExceeded) {
		c.session.leak(fmt.Sprintf("process: driver %s left a process behind that is not in the group of its process %d and holds its output open",
			c.driver.Name(), c.cmd.Process.Pid))
	}
}

// judge compares what the child said with how it ended. It returns nil if the child has
// finished, or has recorded why not.
func (c *process) judge(ctx context.Context, state *os.ProcessState, readErr error) *engine.Failure {
	switch {
	case c.failed:
		return nil
	case errors.Is(readErr, errGarbage):
		return c.failure(engine.FailedProcess, "the child wrote "+readErr.Error())
	case errors.Is(readErr, os.ErrDeadlineExceeded):
		return c.failure(engine.FailedHarness, fmt.Sprintf("the child did not dispatch within %v: "+
			"call runner.Dispatch first thing in main or TestMain", helloTimeout))
	case c.done && state.Success(), c.crashes && !c.killed.Load() && c.wasCrashed(state):
		return nil
	case c.killed.Load():
		return c.wasKilled(ctx)
	case c.stopped:
		return c.failure(engine.FailedStopped, fmt.Sprintf("told to stop, the child ended with %s", describe(state)))
	case c.done:
		return c.failure(engine.FailedProcess, fmt.Sprintf("the child finished its driver, but then ended with %s", describe(state)))
	case c.step == nil && state.Success():
		return c.failure(engine.FailedHarness, "the child exited with code 0 without running its driver: "+
			"call runner.Dispatch first thing in main or TestMain")
	}
	kind, message := engine.FailedProcess, fmt.Sprintf("the child ended with %s before its driver had finished", describe(state))
	switch {
	case c.step == nil:
		kind, message = engine.FailedHarness, fmt.Sprintf("the child ended with %s before it ran its driver", describe(state))
	case state.ExitCode() == engine.ExitHarness:
		kind = engine.FailedHarness
	case state.Success():
		message += " (something called os.Exit?)"
	}
	return c.failure(kind, message)
}

func (c *process) wasKilled(ctx context.Context) *engine.Failure {
	kind, why := engine.FailedDeadline, "was told to stop"
	if errors.Is(context.Cause(ctx), engine.ErrStopped) {
		kind = engine.FailedStopped
	}
	if ctx.Err() == nil {
		kind, why = engine.FailedProcess, "closed its control connection"
	} else {
		why += " (" + context.Cause(ctx).Error() + ")"
	}
	return c.failure(kind, fmt.Sprintf("the child %s, hung, and was killed after %v", why, c.session.engine.stopGrace()))
}

// failure is a failure of the child as it looks from here.
func (c *process) failure(kind engine.FailureKind, message string) *engine.Failure {
	f := &engine.Failure{Kind: kind, Driver: c.driver.Name(), Endpoint: endpointOf(c.driver), Message: message}
	if c.host.Name != "" {
		f.Detail = "the child ran on host " + c.host.Name
	}
	if c.step != nil {
		f.Action, f.Text, f.Source = c.step.Index, c.step.Action.String(), c.step.Source.String()
		f.Elapsed = time.Since(c.step.Since)
	}
	return f
}

// attribute names the driver and its action in a failure of the child that names none.
func (c *process) attribute(f *engine.Failure) {
	if f.Driver != "" || c.step == nil {
		return
	}
	f.Driver, f.Endpoint = c.driver.Name(), endpointOf(c.driver)
	f.Action, f.Text, f.Source = c.step.Index, c.step.Action.String(), c.step.Source.String()
}

// endpointOf is the name of a driver's endpoint, where it tells.
func endpointOf(d engine.Driver) string {
	if named, ok := d.(interface{ Endpoint() string }); ok {
		return named.Endpoint()
	}
	return ""
}

// wasCrashed reports whether the process ended by SIGKILL, or, where a host's command
// stands before it, whether that says so as shells and container runtimes do.
func (c *process) wasCrashed(state *os.ProcessState) bool {
	return wasSignalled(state, syscall.SIGKILL) || len(c.host.Command) > 0 && state.ExitCode() == 128+int(syscall.SIGKILL)
}

func wasSignalled(state *os.ProcessState, signal syscall.Signal) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}

func describe(state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("exit code %d", state.ExitCode())
}
