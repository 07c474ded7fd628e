package subprocess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childmark"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
	"github.com/lahja/go-lahja/tools/recording"
)

// orphanGrace is how long a child may clean up after its parent has gone.
const orphanGrace = 500 * time.Millisecond

// IsChild reports whether this process was started to run one driver.
func IsChild() bool { return childmark.IsChild() }

// child is a child's link to its parent. It implements engine.Child.
type child struct {
	launch launch
	link   *link
	stop   context.CancelCauseFunc
	// finished is closed when all other drivers have ended, of a driver that was started again.
	finished chan struct{}

	mu      sync.Mutex
	failed  bool
	calls   uint64
	waiting map[uint64]chan message
}

// OpenChild implements engine.ProcessEngine: it says hello to the parent and returns what
// that wants done. When the parent goes, so does this process, with its process group.
func (e Engine) OpenChild() (engine.Child, context.Context, error) {
	if !IsChild() {
		return nil, nil, nil
	}
	control, err := childproc.Inherited()
	if err != nil {
		return nil, nil, fmt.Errorf("subprocess: descriptor %d is not a control connection (%w): "+
			"%s is set, but no subprocess engine started this process", childproc.ControlFD, err, childmark.Env)
	}
	c := &child{link: newLink(control), waiting: map[uint64]chan message{}}
	if err := c.link.send(plain(kindHello)); err != nil {
		return nil, nil, fmt.Errorf("subprocess: say hello to the parent: %w", err)
	}
	m, err := c.link.receive()
	if err != nil {
		return nil, nil, fmt.Errorf("subprocess: receive what to run: %w", err)
	}
	if m.Kind == kindStop {
		// Acknowledged, as in listen. A parent that has gone needs no answer.
		_ = c.link.send(plain(kindStop))
		return nil, nil, errors.New("subprocess: stopped before it was told what to run")
	}
	if m.Kind != kindLaunch || m.Launch == nil {
		return nil, nil, fmt.Errorf("subprocess: the parent sent a %s record instead of what to run", m.Kind)
	}
	c.launch = *m.Launch
	if c.launch.Assignment.Restart != nil {
		c.finished = make(chan struct{})
		c.launch.Assignment.Restart.Finished = c.finished
	}
	if c.launch.Ring {
		// Without it the parent finds an empty ring, and says so in the recording.
		c.launch.Assignment.Ring, _ = recording.Inherit(childproc.RingFD)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	c.stop = stop
	go c.listen()
	return c, ctx, nil
}

// Launch implements engine.Child.
func (c *child) Launch() engine.ChildLaunch { return c.launch.ChildLaunch }

// Open implements engine.Child: the driver runs on a goroutine of this process, over the
// backend whose turn it is.
func (c *child) Open(ctx context.Context, of engine.Engine) (engine.Session, error) {
	e, ok := asEngine(of)
	if !ok {
		return nil, fmt.Errorf("subprocess: engine %s is of another kind than the one that started this process", of.Name())
	}
	if c.launch.Assignment.AwaitDebugger {
		if err := awaitDebugger(ctx); err != nil {
			return nil, err
		}
	}
	site := engine.Site{Exclusive: true, Host: c.launch.Host, Names: childNames{c}, Proxied: c.launch.Proxied, Dir: func() (string, error) { return c.launch.Dir, nil }}
	driver := c.launch.Assignment.Index
	network, err := e.backend(driver).Join(ctx, site, c.launch.Params)
	if err != nil {
		return nil, err
	}
	if driver%len(e.Backends) != 0 {
		first, err := e.backend(0).Join(ctx, site, c.launch.Params)
		if err != nil {
			return nil, err
		}
		network = configuredNetwork{Network: network, first: first}
	}
	return engine.OnNetwork(e, network, nil), nil
}

// configuredNetwork is the network of a driver whose backend is not the first one,
// which says for all where endpoints listen.
type configuredNetwork struct {
	engine.Network
	first engine.Network
}

func (n configuredNetwork) Config(name string) lahja.ConnectionConfig { return n.first.Config(name) }

func (n configuredNetwork) Transport() p2p.Transport {
	if raw, ok := n.Network.(engine.RawDialer); ok {
		return raw.Transport()
	}
	return nil
}

func (n configuredNetwork) Close() []string { return append(n.Network.Close(), n.first.Close()...) }

// listen handles what the parent says until it has gone.
func (c *child) listen() {
	for {
		m, err := c.link.receive()
		if err != nil {
			c.orphaned()
			return
		}
		switch m.Kind {
		case kindReleased:
			c.released(m)
		case kindFinish:
			close(c.finished)
		case kindStop:
			// The answer lets the parent see which children died before they were told to
			// stop. A parent that is gone needs no answer.
			_ = c.link.send(plain(kindStop))
			c.stop(engine.ErrStopped)
		}
	}
}

// orphaned ends this process, whatever it does: its parent has gone.
func (c *child) orphaned() {
	c.stop(fmt.Errorf("%w: the parent has gone", engine.ErrStopped))
	time.Sleep(orphanGrace)
	// Nobody else will; the other children, if any, are ending too.
	_ = os.RemoveAll(c.launch.Dir)
	orphans.End(orphans.Below(os.Getpid()))
	childproc.KillOwn()
	os.Exit(engine.ExitHarness)
}

// failureAck bounds the wait for the parent to take a failure in.
const failureAck = time.Second

// Record implements engine.Coordinator. A failure, or a crash, is recorded when the parent
// has it.
func (c *child) Record(r engine.Record) {
	if r.Kind == engine.RecordEnded {
		return // The parent sees that by itself.
	}
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	m := message{Record: r.Readable()}
	if r.Kind == engine.RecordFailure {
		c.mu.Lock()
		c.failed = true
		c.mu.Unlock()
	}
	if r.Kind == engine.RecordFailure || r.Kind == engine.RecordCrash {
		call, taken := c.expectAnswer()
		m.Call = call
		defer func() {
			select {
			case <-taken:
			case <-time.After(failureAck):
			}
		}()
	}
	if err := c.link.send(m); err != nil && !errors.Is(err, fs.ErrClosed) && !errors.Is(err, syscall.EPIPE) {
		c.fallback(m, err)
	}
}

// fallback reports a record that cannot be sent as it is. In a failure, only the list of
// peers has no bound. The parent adds the driver and its action to a failure without them.
func (c *child) fallback(m message, err error) {
	if r := &m.Record; r.Failure != nil && len(r.Failure.Peers) > 0 {
		r.Failure.Peers = nil
	} else {
		r.Kind, r.Failure = engine.RecordFailure, &engine.Failure{Kind: engine.FailedHarness,
			Message: fmt.Sprintf("a %s record (%s) could not be sent: %v", r.Kind, r.Name, err)}
		r.Name, r.Value, r.Step, r.Sight = "", nil, nil, nil
	}
	// If this fails, the connection has ended, which the parent sees.
	_ = c.link.send(m)
}

// Arrive implements engine.Coordinator.
func (c *child) Arrive(ctx context.Context, at engine.Point) error {
	call, released := c.expectAnswer()
	if err := c.link.send(message{Record: engine.Record{Kind: kindArrive, At: &at}, Call: call}); err != nil {
		return fmt.Errorf("subprocess: report the arrival at %v: %w", at, err)
	}
	select {
	case m := <-released:
		return m.err()
	case <-ctx.Done():
	}
	// When the run is stopped, the answer that says who was missing is under way.
	late := time.NewTimer(lateAnswer)
	defer late.Stop()
	select {
	case m := <-released:
		return m.err()
	case <-late.C:
	}
	c.mu.Lock()
	delete(c.waiting, call)
	c.mu.Unlock()
	return context.Cause(ctx)
}

// lateAnswer is how long an arrival that has ended waits for what the parent says
// of it: less than the grace that an action has.
const lateAnswer = 100 * time.Millisecond

// expectAnswer numbers a call and returns the channel of its answer.
func (c *child) expectAnswer() (uint64, <-chan message) {
	answer := make(chan message, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.waiting[c.calls] = answer
	return c.calls, answer
}

func (c *child) released(m message) {
	c.mu.Lock()
	released := c.waiting[m.Call]
	delete(c.waiting, m.Call)
	c.mu.Unlock()
	if released != nil {
		released <- m
	}
}

// err is why what was asked for was not done, nil if it was.
func (m message) err() error {
	switch {
	case m.Stopped:
		return &stoppedError{m.Error}
	case m.Error != "":
		return errors.New(m.Error)
	}
	return nil
}

// call asks the parent to do something and waits for its answer.
func (c *child) call(ctx context.Context, m message, what string) (message, error) {
	call, answered := c.expectAnswer()
	m.Call = call
	if err := c.link.send(m); err != nil {
		return m, fmt.Errorf("subprocess: ask the parent to %s: %w", what, err)
	}
	select {
	case m := <-answered:
		return m, m.err()
	case <-ctx.Done():
		return m, fmt.Errorf("subprocess: the parent was asked to %s and has not answered: %w", what, context.Cause(ctx))
	}
}

// stoppedError is what the parent said of an arrival that was stopped.
type stoppedError struct{ text string }

func (e *stoppedError) Error() string { return e.text }
func (e *stoppedError) Unwrap() error { return engine.ErrStopped }

// Failed implements engine.Child.
func (c *child) Failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// Done implements engine.Child.
func (c *child) Done() error {
	return c.link.send(message{Record: engine.Record{Kind: kindDone, Time: time.Now()}})
}
