package workers

import (
	"context"
	"fmt"
	"os"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/runner"
)

// workerEnv marks a worker in its environment.
const workerEnv = "LAHJA_WORKER"

// marked says that this process was started as a worker. The mark is removed before any
// other code runs, so that the processes which drivers start are ordinary ones.
var marked = takeMark()

func takeMark() bool {
	if os.Getenv(workerEnv) == "" {
		return false
	}
	_ = os.Unsetenv(workerEnv) // It fails only for invalid names.
	childproc.Shield()
	return true
}

// Find returns the cell with these names, or an error that says which of them is unknown.
type Find func(scenario, engine string) (Cell, error)

// Dispatch makes the runs that a parent asks for, and exits, in a process that was started
// as a worker. In any other one it returns at once.
func Dispatch(find Find) {
	if !marked {
		return
	}
	fmt.Fprintln(os.Stderr, "lahja:", serve(find))
	os.Exit(engine.ExitHarness)
}

// server is a worker as it sees itself.
type server struct {
	*link
	find   Find
	orders chan message
}

// serve obeys until it cannot any more, or the process ends because the parent has gone.
func serve(find Find) error {
	control, err := childproc.Inherited()
	if err != nil {
		return fmt.Errorf("descriptor %d is not the control connection of a worker: %w", childproc.ControlFD, err)
	}
	s := &server{link: newLink(control), find: find, orders: make(chan message)}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go s.listen(stop)
	for {
		if err := s.obey(ctx, <-s.orders); err != nil {
			return err
		}
	}
}

// listen takes orders until the parent has gone. Nobody is left then who could use results.
func (s *server) listen(stop context.CancelFunc) {
	for {
		m, err := s.receive()
		if err != nil {
			childproc.KillOwn()
			os.Exit(engine.ExitHarness)
		}
		switch m.Kind {
		case kindStop:
			stop()
		case kindJob:
			s.orders <- m
		}
	}
}

// obey makes a run, or begins one that mostly waits.
func (s *server) obey(ctx context.Context, m message) error {
	c, err := s.find(m.Order.Scenario, m.Order.Engine)
	if err != nil {
		return err
	}
	c.Number = m.Order.Number
	events := about{s, m.Job}
	if m.Order.Begin {
		running := Local{m.Order.Settings}.Begin(ctx, c, events)
		go func() { _ = s.result(m.Job, <-running) }() // A parent that has gone needs no result.
		return s.send(message{Kind: kindBegun, Job: m.Job})
	}
	return s.result(m.Job, Local{m.Order.Settings}.Run(ctx, c, events))
}

func (s *server) result(job int, r Result) error {
	return s.send(message{Kind: kindResult, Job: job, Result: &r})
}

// about implements Events for one run: it sends them to the parent. They are lost if that has
// gone.
type about struct {
	*server
	job int
}

func (a about) Write(p []byte) (int, error) {
	return len(p), a.send(message{Kind: kindOutput, Job: a.job, Output: string(p)})
}

func (a about) At(all []runner.Standing) {
	_ = a.send(message{Kind: kindAt, Job: a.job, Standing: all})
}

func (a about) Stood(all []runner.Standing) {
	_ = a.send(message{Kind: kindStood, Job: a.job, Standing: all})
}
