package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childmark"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/runner"
)

const (
	// childEnv marks a child in its environment; the value is its depth, always 1.
	childEnv = "LAHJA_BENCH_CHILD"
	// progressEvery is how often a child reports its progress.
	progressEvery = 200 * time.Millisecond
)

// Exit codes of a child, different from those of the program.
const (
	exitFailed = 31
	exitOrphan = 32
)

// dispatched reports whether Dispatch was called, so that children of this process do their part.
var dispatched bool

// engines are the engines that scenarios are measured on.
var engines []engine.Engine

// Dispatch runs the role of a child of a measurement, and exits. In any other process it
// returns at once. Make it the first line of main or TestMain, with the engines on which
// scenarios are measured besides the built-in ones. Build what is large after it: a process
// that is measured then has only what the system that it runs needs, and its garbage collector
// looks at nothing else.
func Dispatch(more ...engine.Engine) {
	dispatched, engines = true, append(runner.Engines(), more...)
	child := os.Getenv(childEnv) != ""
	if child || childmark.Scenario == meeting.Name {
		runner.Dispatch(runner.Suite{Scenarios: []drivers.Scenario{meeting}, Engines: more})
	}
	if child {
		os.Exit(runChild())
	}
}

// child is a child's link to its parent.
type child struct {
	job
	clock
	// orders has the orders to warm up and to run.
	orders chan orderKind
	// conns keeps connections open until the process ends. The garbage collector would close an
	// unreferenced one, and something would fail at its other end.
	conns []net.Conn
	// publisher keeps a carrier's end open in the same way.
	publisher Publisher
	// program is what a carrier started, or nil.
	program atomic.Pointer[os.Process]

	lines *lines
	count atomic.Int64
}

// role is what a child does. It returns when it has nothing more to do, but the process
// continues until the parent ends it.
type role func(ctx context.Context, c *child) error

func runChild() int {
	c, err := openChild()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	err = errors.New("bench: no role is named " + c.Role)
	if play, ok := roles[c.Role]; ok {
		err = play(context.Background(), c)
	}
	c.must(err)
	select {} // until listen finds that the parent has gone
}

func openChild() (*child, error) {
	control, err := childproc.Inherited()
	if err != nil {
		return nil, fmt.Errorf("bench: descriptor %d is not a control connection (%w): %s is set, but no measurement started this process",
			childproc.ControlFD, err, childEnv)
	}
	c := &child{clock: newClock(), lines: newLines(control), orders: make(chan orderKind, 2)}
	var first order
	if err := c.lines.receive(&first); err != nil {
		return nil, fmt.Errorf("bench: receive what to do: %w", err)
	}
	if first.Kind != orderJob || first.Job == nil {
		return nil, fmt.Errorf("bench: the first order is %q instead of a job", first.Kind)
	}
	c.job = *first.Job
	go c.listen()
	go c.reportProgress()
	return c, nil
}

func (c *child) send(m message) error { return c.lines.send(m) }

func (c *child) say(kind messageKind) error { return c.send(message{Kind: kind}) }

// must ends this process, and so the run, if err is not nil. It is for callbacks that cannot
// return an error.
func (c *child) must(err error) {
	if err != nil {
		// If the parent has gone, it needs no answer.
		_ = c.send(message{Kind: messageFailed, Error: err.Error()})
		os.Exit(exitFailed)
	}
}

// listen receives the parent's orders until the parent has gone.
func (c *child) listen() {
	stopProfile := func() error { return nil }
	for {
		var o order
		if c.lines.receive(&o) != nil {
			// Nobody else removes it: any other children are ending too.
			_ = os.RemoveAll(c.Dir)
			if p := c.program.Load(); p != nil {
				_ = p.Kill() // If it has ended, all is well.
			}
			os.Exit(exitOrphan)
		}
		var err error
		switch o.Kind {
		case orderWarm, orderRun:
			c.orders <- o.Kind
			continue
		case orderBegin:
			stopProfile, err = c.profile()
		case orderEnd:
			err = stopProfile()
		}
		m := message{Kind: messageUsage}
		if err == nil {
			m.Usage, err = c.used()
		}
		if err != nil {
			m = message{Kind: messageFailed, Error: err.Error()}
		}
		// If the parent has gone, the next receive reports it.
		_ = c.send(m)
	}
}

// used returns what this process and its program have used so far.
func (c *child) used() (usage, error) {
	all := used()
	p := c.program.Load()
	if p == nil {
		return all, nil
	}
	more, err := usedBy(p.Pid)
	all.CPU += more.CPU
	all.Memory += more.Memory
	return all, err
}

// profile starts the CPU profile, if one is wanted.
func (c *child) profile() (stop func() error, err error) {
	if c.Profile == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(c.Profile)
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("bench: CPU profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}

// reportProgress tells the parent how many events have passed, whenever that changes.
func (c *child) reportProgress() {
	said := int64(0)
	for range time.Tick(progressEvery) {
		if n := c.count.Load(); n != said {
			said = n
			// If the parent has gone, listen notices.
			_ = c.send(message{Kind: messageProgress, Count: n})
		}
	}
}

// countEvery is how many events pass between two counts for progress, if there are so many
// events that counting each would cost time.
const countEvery = 64

// passed counts the event with that index.
func (c *child) passed(index uint64) {
	switch {
	case c.Every == 1: // there are few, perhaps with long pauses
		c.count.Add(1)
	case index%countEvery == 0:
		c.count.Add(countEvery)
	}
}

// stamp returns the time to put into the event with that index.
func (c *child) stamp(index int) int64 {
	if index%c.Every == 0 {
		return c.now()
	}
	return 0
}

// phases are the two parts of a run: the warm-up, and the measured part.
func (c *child) phases() []phase {
	return []phase{{orderWarm, c.Warm, messageWarm}, {orderRun, c.Events, messageDone}}
}

type phase struct {
	order  orderKind
	events int
	done   messageKind
}

// await waits until the parent orders the phase to begin.
func (c *child) await(p phase) error {
	if o := <-c.orders; o != p.order {
		return fmt.Errorf("bench: ordered to %s, want %s", o, p.order)
	}
	return nil
}
