package foreign_test

import (
	"context"
	"errors"
	"fmt"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"sync/atomic"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/recording"
)

// Calls are what a child calls.
type Calls struct {
	c       *process
	running *os.Process
}

// Outcome is what came of a call.
type Outcome struct {
	Error   string
	Stopped bool // the error is because the run was stopped
}

func (o *Outcome) set(err error) error {
	if err != nil {
		*o = Outcome{err.Error(), errors.Is(err, engine.ErrStopped)}
	}
	return nil
}

// Launch says what to run.
func (p *Calls) Launch(_ int, l *Launch) error {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.running, *l = p.running, p.c.launch
	return nil
}

// AwaitStop returns when the child is to stop.
func (p *Calls) AwaitStop(int, *Outcome) error {
	<-p.c.ctx.Done()
	return nil
}

// Record records.
func (p *Calls) Record(r engine.Record, _ *Outcome) error {
	p.c.mu.Lock()
	p.c.failed = p.c.failed || r.Kind == engine.RecordFailure
	p.c.killed = p.c.killed || r.Kind == engine.RecordCrash
	p.c.mu.Unlock()
	p.c.record(r)
	return nil
}

// Arrive waits at a point, and then for those that were killed before it.
func (p *Calls) Arrive(at engine.Point, o *Outcome) error {
	if err := p.c.Coordinator.Arrive(p.c.ctx, at); err != nil {
		return o.set(err)
	}
	return p.Reap(0, o)
}

// Reap waits until those have ended that their drivers had killed.
func (p *Calls) Reap(_ int, o *Outcome) error {
	for _, other := range p.c.all {
		other.mu.Lock()
		killed := other.killed
		other.mu.Unlock()
		if killed && other != p.c {
			select {
			case <-other.ended:
			case <-p.c.ctx.Done():
				return o.set(context.Cause(p.c.ctx))
			}
		}
	}
	return nil
}

// Pause pauses a driver, and Resume has it go on.
func (p *Calls) Pause(driver string, o *Outcome) error  { return o.set(p.c.all[driver].signal(true)) }
func (p *Calls) Resume(driver string, o *Outcome) error { return o.set(p.c.all[driver].signal(false)) }

// Done notes that the driver has done all it had to do.
func (p *Calls) Done(int, *Outcome) error {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.done = true
	return nil
}

// child is a driver's process, as itself sees it.
type child struct {
	launch Launch
	parent *rpc.Client
	failed atomic.Bool
}

func (p *piped) OpenChild() (engine.Child, context.Context, error) {
	if os.Getenv(mark) == "" {
		return nil, nil, nil
	}
	c := &child{parent: jsonrpc.NewClient(&conn{os.Stdin, os.Stdout, nil})}
	os.Stdout = os.Stderr // Standard output is the connection.
	if err := errors.Join(os.Unsetenv(mark), c.parent.Call("Parent.Launch", 0, &c.launch)); err != nil {
		return nil, nil, err
	}
	if c.launch.Ring {
		c.launch.Assignment.Ring, _ = recording.Inherit(3) // Without it, less is recorded.
	}
	ctx, stop := context.WithCancelCause(context.Background())
	go func() {
		if c.call(context.Background(), "AwaitStop", 0) != nil {
			os.Exit(engine.ExitHarness) // The parent has gone.
		}
		stop(engine.ErrStopped)
	}()
	return c, ctx, nil
}

func (c *child) call(ctx context.Context, method string, arg any) error {
	var o Outcome
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case call := <-c.parent.Go("Parent."+method, arg, &o, make(chan *rpc.Call, 1)).Done:
		switch {
		case o.Stopped:
			return fmt.Errorf("%s (%w)", o.Error, engine.ErrStopped)
		case o.Error != "":
			return errors.New(o.Error)
		}
		return call.Error
	}
}

func (c *child) Record(r engine.Record) {
	if r.Kind == engine.RecordFailure {
		c.failed.Store(true)
	}
	if r.Kind != engine.RecordEnded { // The parent sees that.
		_ = c.call(context.Background(), "Record", r.Readable()) // Without a parent, this process ends.
	}
}

func (c *child) Arrive(ctx context.Context, at engine.Point) error { return c.call(ctx, "Arrive", at) }
func (c *child) Pause(ctx context.Context, driver string) error    { return c.call(ctx, "Pause", driver) }
func (c *child) Resume(ctx context.Context, driver string) error {
	return c.call(ctx, "Resume", driver)
}
func (c *child) AwaitReaped(ctx context.Context) error { return c.call(ctx, "Reap", 0) }
func (c *child) Launch() engine.ChildLaunch            { return c.launch.ChildLaunch }
func (c *child) Failed() bool                          { return c.failed.Load() }
func (c *child) Done() error                           { return c.call(context.Background(), "Done", 0) }

func (c *child) Open(ctx context.Context, e engine.Engine) (engine.Session, error) {
	if c.launch.Assignment.AwaitDebugger {
		return nil, errors.New("piped: a child cannot wait for a debugger")
	}
	site := engine.Site{Exclusive: true, Dir: func() (string, error) { return c.launch.Dir, nil }}
	network, err := e.(*piped).Join(ctx, site, c.launch.Params)
	return engine.OnNetwork(e, network, nil), err
}
