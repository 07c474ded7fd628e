package engine

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
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/orphans"
)

// orphanGrace is how long a child may clean up after its parent has gone.
const orphanGrace = 500 * time.Millisecond

// ChildLaunch tells a child what to run.
type ChildLaunch struct {
	// Engine is the subprocess engine's ChildName.
	Engine string `json:"engine"`
	// Params is what backends need to join the run.
	Params map[string]string `json:"params,omitempty"`
	// Host is the address at which the driver's endpoint listens; empty means
	// loopback.
	Host string `json:"host,omitempty"`
	// Dir is the run's private directory.
	Dir string `json:"dir"`
	// Launch names the scenario.
	Launch Launch `json:"launch"`
	// Driver is the index of the driver to run.
	Driver        int           `json:"driver"`
	ActionTimeout time.Duration `json:"actionTimeout"`
	RunID         string        `json:"runId"`
	PlanHash      string        `json:"planHash"`
	Places        []string      `json:"places,omitempty"`
	Trace         bool          `json:"trace,omitempty"`
	AwaitDebugger bool          `json:"awaitDebugger,omitempty"`
}

// Child is a child's link to its parent. It implements Coordinator.
type Child struct {
	// Launch is what to run.
	Launch ChildLaunch

	link *link
	stop context.CancelCauseFunc

	mu      sync.Mutex
	calls   uint64
	waiting map[uint64]chan error
}

// OpenChild says hello to the parent and returns what it wants done, with a
// context that ends when the parent says stop. When the parent goes, so does
// this process, with its process group.
func OpenChild() (*Child, context.Context, error) {
	if mark != childDepth {
		return nil, nil, fmt.Errorf("engine: %s=%q: only a subprocess engine sets it, to %s", childEnv, mark, childDepth)
	}
	control, err := childproc.Inherited()
	if err != nil {
		return nil, nil, fmt.Errorf("engine: descriptor %d is no control connection (%w): "+
			"%s is set, but no subprocess engine started this process", childproc.ControlFD, err, childEnv)
	}
	c := &Child{link: newLink(control), waiting: map[uint64]chan error{}}
	if err := c.link.send(Record{Kind: RecordHello}); err != nil {
		return nil, nil, fmt.Errorf("engine: say hello to the parent: %w", err)
	}
	r, err := c.link.receive()
	if err != nil {
		return nil, nil, fmt.Errorf("engine: receive what to run: %w", err)
	}
	if r.Kind == RecordStop {
		// Acknowledged, as in listen. A parent that has gone needs no answer.
		_ = c.link.send(Record{Kind: RecordStop})
		return nil, nil, errors.New("engine: stopped before it was told what to run")
	}
	if r.Kind != RecordLaunch || r.Child == nil {
		return nil, nil, fmt.Errorf("engine: the parent sent a %s record instead of what to run", r.Kind)
	}
	c.Launch = *r.Child
	ctx, stop := context.WithCancelCause(context.Background())
	c.stop = stop
	go c.listen()
	return c, ctx, nil
}

// AwaitDebugger returns when a debugger has attached, or at once where none is to.
func (c *Child) AwaitDebugger(ctx context.Context) error {
	if !c.Launch.AwaitDebugger {
		return nil
	}
	return awaitDebugger(ctx)
}

// Open opens the child's session of e: the driver runs on a goroutine of this
// process, over the backend whose turn it is.
func (c *Child) Open(ctx context.Context, e Subprocess) (Session, error) {
	site := Site{Exclusive: true, Host: c.Launch.Host, Dir: func() (string, error) { return c.Launch.Dir, nil }}
	network, err := e.backend(c.Launch.Driver).Join(ctx, site, c.Launch.Params)
	if err != nil {
		return nil, err
	}
	if c.Launch.Driver%len(e.Backends) != 0 {
		first, err := e.backend(0).Join(ctx, site, c.Launch.Params)
		if err != nil {
			return nil, err
		}
		network = configuredNetwork{Network: network, first: first}
	}
	return &goroutineSession{Network: network, name: e.Name(), capabilities: e.Capabilities()}, nil
}

// configuredNetwork is the network of a driver whose backend is not the first one,
// which says for all where endpoints listen.
type configuredNetwork struct {
	Network
	first Network
}

func (n configuredNetwork) Config(name string) lahja.ConnectionConfig { return n.first.Config(name) }

func (n configuredNetwork) Transport() lahja.Transport { return rawTransport(n.Network) }

func (n configuredNetwork) Close() []string { return append(n.Network.Close(), n.first.Close()...) }

// listen handles what the parent says until it has gone.
func (c *Child) listen() {
	for {
		r, err := c.link.receive()
		if err != nil {
			c.orphaned()
			return
		}
		switch r.Kind {
		case RecordReleased:
			c.released(r)
		case RecordStop:
			// Acknowledged, so that the parent can tell who died before it was
			// told. A parent that has gone needs no answer.
			_ = c.link.send(Record{Kind: RecordStop})
			c.stop(ErrStopped)
		}
	}
}

// orphaned ends this process, whatever it does: its parent has gone.
func (c *Child) orphaned() {
	c.stop(fmt.Errorf("%w: the parent has gone", ErrStopped))
	time.Sleep(orphanGrace)
	// Nobody else will; the other children, if any, are ending too.
	_ = os.RemoveAll(c.Launch.Dir)
	orphans.End(orphans.Below(os.Getpid()))
	childproc.KillOwn()
	os.Exit(ExitHarness)
}

// failureAck bounds the wait for the parent to take a failure in.
const failureAck = time.Second

// Record implements Coordinator. A failure, or a crash, is recorded when the parent
// has it.
func (c *Child) Record(r Record) {
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r = r.Readable()
	if r.Kind == RecordFailure || r.Kind == RecordCrash {
		call, taken := c.expectAnswer()
		r.Call = call
		defer func() {
			select {
			case <-taken:
			case <-time.After(failureAck):
			}
		}()
	}
	if err := c.link.send(r); err != nil && !errors.Is(err, fs.ErrClosed) && !errors.Is(err, syscall.EPIPE) {
		c.fallback(r, err)
	}
}

// fallback reports a record that cannot be sent as it is. Of a failure only the list of
// peers has no bound.
func (c *Child) fallback(r Record, err error) {
	if r.Failure != nil && len(r.Failure.Peers) > 0 {
		r.Failure.Peers = nil
	} else {
		r.Kind, r.Failure = RecordFailure, &Failure{Kind: FailedHarness,
			Message: fmt.Sprintf("a %s record (%s) could not be sent: %v", r.Kind, r.Name, err)}
		r.Name, r.Value, r.Step, r.Sight = "", nil, nil, nil
	}
	// The parent knows who sends it and what it does.
	_ = c.link.send(r)
}

// Arrive implements Coordinator.
func (c *Child) Arrive(ctx context.Context, checkpoint string) error {
	call, released := c.expectAnswer()
	if err := c.link.send(Record{Kind: RecordArrive, Name: checkpoint, Call: call}); err != nil {
		return fmt.Errorf("engine: report the arrival at checkpoint %s: %w", checkpoint, err)
	}
	select {
	case err := <-released:
		return err
	case <-ctx.Done():
	}
	// When the run is stopped, the answer that says who was missing is under way.
	late := time.NewTimer(lateAnswer)
	defer late.Stop()
	select {
	case err := <-released:
		return err
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
func (c *Child) expectAnswer() (uint64, <-chan error) {
	answer := make(chan error, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.waiting[c.calls] = answer
	return c.calls, answer
}

func (c *Child) released(r Record) {
	c.mu.Lock()
	released := c.waiting[r.Call]
	delete(c.waiting, r.Call)
	c.mu.Unlock()
	if released == nil {
		return
	}
	switch {
	case r.Stopped:
		released <- &stoppedError{r.Error}
	case r.Error != "":
		released <- errors.New(r.Error)
	default:
		released <- nil
	}
}

// stoppedError is what the parent said of an arrival that was stopped.
type stoppedError struct{ text string }

func (e *stoppedError) Error() string { return e.text }
func (e *stoppedError) Unwrap() error { return ErrStopped }

// Done tells the parent that the driver has finished all it had to do.
func (c *Child) Done() error { return c.link.send(Record{Kind: RecordDone, Time: time.Now()}) }
