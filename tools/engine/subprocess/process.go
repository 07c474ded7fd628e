package subprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// helloTimeout is how long a child may take to dispatch: ten times what a loaded
// machine was seen to need to start and initialise a large binary.
const helloTimeout = 20 * time.Second

// process is the parent's side of one driver's process.
type process struct {
	session    *session
	driver     engine.Driver
	assignment engine.Assignment
	launch     launch
	fleet      *fleet

	os   Process
	link *link
	// reaped is closed when the process has ended, and so has given back what it held; ended,
	// when that is recorded. Begun is closed when the driver has.
	reaped, ended, begun chan struct{}
	exit                 Exit // once reaped is closed

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

	moves  sync.Mutex // guards motion and struck, done and crashes
	motion motion
	// struck says that another driver has had the process killed, resumed that this, or that of
	// the same driver before it, was paused then, so that nothing is left to resume.
	struck, resumed bool
}

func newProcess(s *session, d engine.Driver, a engine.Assignment, f *fleet) *process {
	return &process{session: s, driver: d, assignment: a, fleet: f,
		reaped: make(chan struct{}), ended: make(chan struct{}), begun: make(chan struct{})}
}

// run runs the driver in a process, and records its end.
func (c *process) run(ctx context.Context) {
	defer close(c.ended)
	if c.assignment.Restart != nil {
		c.record(engine.Record{Kind: engine.RecordRestarted})
	}
	c.record(engine.Record{Kind: engine.RecordEnded, Failure: c.drive(ctx)})
}

func (c *process) record(r engine.Record) {
	r.Time = time.Now()
	c.assignment.Coordinator.Record(r)
}

// drive runs the driver, and returns the failure that only this process knows, nil for none.
func (c *process) drive(ctx context.Context) *engine.Failure {
	if err := c.fleet.awaitStart(ctx); err != nil {
		return c.failure(engine.FailedStopped, "stopped before its process was started")
	}
	ready := sync.OnceFunc(c.fleet.started)
	defer ready()
	if err := c.start(ctx); err != nil {
		return c.failure(engine.FailedHarness, "the child process could not be started: "+err.Error())
	}
	defer c.link.close()
	read := make(chan error, 1)
	go func() { read <- c.read(ctx, ready) }()

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
	exit := c.wait()
	c.record(engine.Record{Kind: engine.RecordExited, PID: c.os.Where().PID, Name: exit.String()})
	return c.judge(ctx, exit, err)
}

func (c *process) start(ctx context.Context) (err error) {
	c.os, err = c.session.placement.Start(ctx, Spec{
		Driver: c.assignment.Index,
		Name:   c.driver.Name(),
		Args:   append(slices.Clone(c.session.engine.Args), markArg(c.driver.Name(), c.launch.Launch.Scenario)),
		Env:    childEnviron(c.launch.Launch.Scenario),
		Ring:   c.assignment.Ring,
		Output: func(line string) { c.record(engine.Record{Kind: engine.RecordOutput, Name: line}) },
	})
	if err != nil {
		return err
	}
	where := c.os.Where()
	c.launch.Host, c.launch.Dir = where.Address, where.Dir
	c.record(engine.Record{Kind: engine.RecordStarted, PID: where.PID})
	c.link = newLink(c.os.Control())
	return nil
}

// read handles what the child says until it has nothing more to say. It calls ready when
// the child has begun, and is no longer busy with itself.
func (c *process) read(ctx context.Context, ready func()) error {
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
	if c.assignment.Restart != nil {
		go c.finish()
	}
	if pid := c.os.Where().PID; c.launch.Assignment.AwaitDebugger {
		ready()
		c.record(engine.Record{Kind: engine.RecordLog,
			Name: fmt.Sprintf("process %d waits for a debugger: dlv attach %d", pid, pid)})
	}
	begun := sync.OnceFunc(func() { close(c.begun) })
	for {
		m, err := c.link.receive()
		if err != nil {
			return err
		}
		ready()
		c.handle(ctx, m)
		begun()
	}
}

func (c *process) handle(ctx context.Context, m message) {
	m.Driver = c.assignment.Index
	c.adjust(&m)
	switch m.Kind {
	case kindArrive:
		go c.answer(m, func(*message) error { return c.arrive(ctx, *m.At) })
		return
	case kindPause, kindResume:
		go c.answer(m, func(*message) error { return c.fleet.signal(ctx, c, m) })
		return
	case kindKill:
		go c.answer(m, func(*message) error { return c.fleet.crash(ctx, m.Name) })
		return
	case kindRestart:
		go c.answer(m, func(*message) error { return c.fleet.restart(ctx, m.Name) })
		return
	case kindFault:
		go c.answer(m, func(*message) error { return c.session.Inject(ctx, *m.Fault) })
		return
	case kindReap:
		go c.answer(m, func(*message) error { return c.fleet.awaitReaped(ctx) })
		return
	case kindPublish, kindLookup:
		go c.answerName(ctx, m)
		return
	case kindWithdraw:
		c.session.names.Withdraw(m.Name, m.Listening.Serial)
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
		c.tells(&c.crashes)
		c.os.Dying()
		c.fleet.crashes(c)
		_ = c.link.send(message{Record: engine.Record{Kind: kindReleased}, Call: m.Call})
		return
	case kindDone:
		c.tells(&c.done)
		return
	case kindStop:
		c.stopped = true
		return
	}
	c.assignment.Coordinator.Record(m.Record)
}

// tells notes what the child has told of its end.
func (c *process) tells(what *bool) {
	c.moves.Lock()
	defer c.moves.Unlock()
	*what = true
}

// adjust turns the times of a message into those of this machine's clock.
func (c *process) adjust(m *message) {
	ahead, _ := c.os.Skew()
	if ahead == 0 {
		return
	}
	if !m.Time.IsZero() {
		m.Time = m.Time.Add(-ahead)
	}
	if m.Step != nil {
		m.Step.Since = m.Step.Since.Add(-ahead)
	}
	if m.Sight != nil && !m.Sight.At.IsZero() {
		m.Sight.At = m.Sight.At.Add(-ahead)
	}
}

// arrive returns when the point is complete and whoever was killed before that has
// ended: what comes next may take its address.
func (c *process) arrive(ctx context.Context, at engine.Point) error {
	if err := c.assignment.Coordinator.Arrive(ctx, at); err != nil {
		return err
	}
	return c.fleet.awaitReaped(ctx)
}

// answer does what the child asks for, and tells it what came of it.
func (c *process) answer(m message, do func(answer *message) error) {
	answer := message{Record: engine.Record{Kind: kindReleased}, Call: m.Call}
	if err := do(&answer); err != nil {
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
	c.killed.Store(true)
	c.os.Kill()
}

// wait waits for the child's exit and ends what it has left behind.
func (c *process) wait() Exit {
	exit := c.os.Wait(c.session.engine.stopGrace())
	c.exit = exit
	c.session.names.Free(c)
	close(c.reaped)
	c.session.names.Free(c) // What was being published meanwhile; see answerName.
	looked := c.done || c.crashes || exit.Code == engine.ExitDriverFailed || exit.Code == engine.ExitHarness
	for _, left := range c.os.Clean(looked) {
		c.session.leak(left)
	}
	return exit
}

// judge compares what the child said with how it ended. It returns nil if the child has
// finished, or has recorded why not.
func (c *process) judge(ctx context.Context, exit Exit, readErr error) *engine.Failure {
	switch {
	case c.failed:
		return nil
	case errors.Is(readErr, errGarbage):
		return c.failure(engine.FailedProcess, "the child wrote "+readErr.Error())
	case errors.Is(readErr, os.ErrDeadlineExceeded):
		return c.failure(engine.FailedHarness, fmt.Sprintf("the child did not dispatch within %v: "+
			"call runner.Dispatch first thing in main or TestMain", helloTimeout))
	case c.done && exit.Success(), (c.crashes || c.wasStruck()) && !c.killed.Load() && exit.Signal == syscall.SIGKILL:
		return nil
	case exit.Error != nil:
		return c.failure(engine.FailedProcess, "the child is lost: "+exit.Error.Error())
	case c.killed.Load():
		return c.wasKilled(ctx)
	case c.stopped:
		return c.failure(engine.FailedStopped, fmt.Sprintf("told to stop, the child ended with %s", exit))
	case c.done:
		return c.failure(engine.FailedProcess, fmt.Sprintf("the child finished its driver, but then ended with %s", exit))
	case c.step == nil && exit.Success():
		return c.failure(engine.FailedHarness, "the child exited with code 0 without running its driver: "+
			"call runner.Dispatch first thing in main or TestMain")
	}
	kind, message := engine.FailedProcess, fmt.Sprintf("the child ended with %s before its driver had finished", exit)
	switch {
	case c.step == nil:
		kind, message = engine.FailedHarness, fmt.Sprintf("the child ended with %s before it ran its driver", exit)
	case exit.Code == engine.ExitHarness:
		kind = engine.FailedHarness
	case exit.Success():
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
	if c.os != nil {
		c.locate(f)
	}
	if c.step != nil {
		f.Action, f.Text, f.Source = c.step.Index, c.step.Action.String(), c.step.Source.String()
		f.Elapsed = time.Since(c.step.Since)
	}
	return f
}

// locate names the child's host in a failure that has no other detail.
func (c *process) locate(f *engine.Failure) {
	if host := c.os.Where().Host; host != "" && f.Detail == "" {
		f.Detail = "the child ran on host " + host
	}
}

// attribute names the driver and its action in a failure of the child that names none, and its host.
func (c *process) attribute(f *engine.Failure) {
	c.locate(f)
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
