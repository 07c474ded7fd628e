package workers

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// Worker is a process that makes runs, as its parent sees it. It is safe for concurrent use.
type Worker struct {
	settings Settings
	cmd      *exec.Cmd
	link     *link
	output   *childproc.Tail
	// ended is closed when the process has ended; how says in which way.
	ended chan struct{}
	how   string
	// stop ends the hand-over of the context's end.
	stop func() bool

	mu   sync.Mutex
	last int
	jobs map[int]*job
}

// job is a run that a worker makes.
type job struct {
	events Events
	begun  chan struct{}
	begin  func() // closes begun
	result chan Result
}

// Start starts a worker. What it and drivers on its goroutines print goes to output. When
// ctx ends, all its runs are interrupted.
func Start(ctx context.Context, settings Settings, output io.Writer) (*Worker, error) {
	tail := &childproc.Tail{To: output}
	cmd, control, err := childproc.Again(os.Args[1:], workerEnv+"=1", tail)
	if err != nil {
		return nil, err
	}
	w := &Worker{settings: settings, cmd: cmd, link: newLink(control), output: tail, ended: make(chan struct{}), jobs: map[int]*job{}}
	go w.listen()
	w.stop = context.AfterFunc(ctx, func() { _ = w.link.send(message{Kind: kindStop}) }) // One that has ended is stopped.
	return w, nil
}

// Run makes a run. If the process ends meanwhile, the run has failed.
func (w *Worker) Run(ctx context.Context, c Cell, events Events) Result {
	return w.await(ctx, c, w.give(c, events, false))
}

// Begin begins the run of a scenario that mostly waits, and returns when it does. The
// channel gets its result. It is not called again before it has returned.
func (w *Worker) Begin(ctx context.Context, c Cell, events Events) <-chan Result {
	j := w.give(c, events, true)
	select {
	case <-j.begun:
	case <-w.ended:
	}
	done := make(chan Result, 1)
	go func() { done <- w.await(ctx, c, j) }()
	return done
}

// give has the process make a run.
func (w *Worker) give(c Cell, events Events, begin bool) *job {
	j := &job{events: events, begun: make(chan struct{}), result: make(chan Result, 1)}
	j.begin = sync.OnceFunc(func() { close(j.begun) })
	w.mu.Lock()
	w.last++
	number := w.last
	w.jobs[number] = j
	w.mu.Unlock()
	// If the process has ended, that is the result.
	_ = w.link.send(message{Kind: kindJob, Job: number, Order: &order{Settings: w.settings, Scenario: c.Scenario.Name,
		Engine: c.Engine.Name(), Number: c.Number, Begin: begin}})
	return j
}

// await returns the result of a run. If the process has ended without one, that is it.
func (w *Worker) await(ctx context.Context, c Cell, j *job) Result {
	select {
	case r := <-j.result:
		return r
	case <-w.ended:
	}
	select {
	case r := <-j.result:
		return r
	default:
	}
	r := failed(c, engine.FailedProcess, "the process that ran the scenario ended with "+w.how, w.output.String())
	if ctx.Err() != nil {
		r.Run.Verdict, r.Annotation = "", ""
	}
	return r
}

// Ended reports whether the process has ended, so that it can run nothing more.
func (w *Worker) Ended() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// Close ends the process.
func (w *Worker) Close() {
	w.stop()
	_ = w.link.file.Close() // The process notices, and ends.
	<-w.ended
}

// listen handles what the worker says until it has ended.
func (w *Worker) listen() {
	for {
		m, err := w.link.receive()
		if err != nil {
			break // How the process ended says why.
		}
		w.handle(m)
	}
	_ = w.link.file.Close() // A worker that cannot be understood ends too. It may be closed already.
	_ = w.cmd.Wait()        // The state tells.
	_ = childproc.Kill(w.cmd.Process.Pid)
	w.how = describe(w.cmd.ProcessState)
	close(w.ended)
}

func (w *Worker) handle(m message) {
	w.mu.Lock()
	j := w.jobs[m.Job]
	if m.Kind == kindResult {
		delete(w.jobs, m.Job)
	}
	w.mu.Unlock()
	if j == nil {
		return
	}
	switch m.Kind {
	case kindBegun:
		j.begin()
	case kindResult:
		j.begin() // It may have ended before it only waited.
		j.result <- *m.Result
	case kindOutput:
		_, _ = io.WriteString(j.events, m.Output) // Output is for people.
	case kindAt:
		j.events.At(m.Standing)
	case kindStood:
		j.events.Stood(m.Standing)
	}
}

func describe(state *os.ProcessState) string {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("exit code %d", state.ExitCode())
}
