package explore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// workerEnv marks a worker in its environment; the value is the name of its scenario.
const workerEnv = "LAHJA_EXPLORER"

// marked is the scenario of this process, if it was started as a worker. The mark is removed
// before any other code runs.
var marked = takeMark()

func takeMark() string {
	scenario := os.Getenv(workerEnv)
	if scenario != "" {
		_ = os.Unsetenv(workerEnv) // It fails only for invalid names.
		childproc.Shield()
	}
	return scenario
}

// Dispatch runs the schedules that a parent asks for, and exits, in a process that was started
// to explore one of the scenarios. In any other one it returns at once. Test and Scenario
// call it; a program calls it itself if it does something else first that a worker must not.
func Dispatch(scenarios ...drivers.Scenario) {
	for _, s := range scenarios {
		if s.Name == marked {
			fmt.Fprintln(os.Stderr, "lahja:", serve(subject{scenario: s}))
			os.Exit(engine.ExitHarness)
		}
	}
}

// serve does jobs until the parent has gone.
func serve(s subject) error {
	control, err := childproc.Inherited()
	if err != nil {
		return fmt.Errorf("descriptor %d is not the control connection of a worker: %w", childproc.ControlFD, err)
	}
	// What runs beside the run, or at the same time, would change the order of its goroutines.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	jobs, results := json.NewDecoder(control), json.NewEncoder(control)
	for {
		var j job
		if err := jobs.Decode(&j); err != nil {
			return fmt.Errorf("the parent has gone: %w", err)
		}
		if err := results.Encode(s.do(context.Background(), j)); err != nil {
			return err
		}
	}
}

func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// worker does jobs.
type worker interface {
	do(ctx context.Context, j job) (result, error)
	close()
}

// here does jobs in this process.
type here struct{ subject }

func (h here) do(ctx context.Context, j job) (result, error) { return h.subject.do(ctx, j), nil }
func (h here) close()                                        {}

// process is a worker that is a process.
type process struct {
	cmd     *exec.Cmd
	control *os.File
	jobs    *json.Encoder
	results *json.Decoder
	output  *childproc.Tail
}

// start starts a worker: this program again, with these arguments.
func start(s subject, args []string) (worker, error) {
	if !childproc.Supported {
		return here{s}, nil
	}
	output := &childproc.Tail{To: io.Discard}
	cmd, control, err := childproc.Again(args, workerEnv+"="+s.scenario.Name, output)
	if err != nil {
		return nil, err
	}
	return &process{cmd: cmd, control: control, jobs: json.NewEncoder(control), results: json.NewDecoder(control), output: output}, nil
}

// do implements worker. When ctx ends, the process does.
func (p *process) do(ctx context.Context, j job) (r result, err error) {
	defer context.AfterFunc(ctx, func() { _ = p.control.Close() })()
	if err = p.jobs.Encode(j); err == nil {
		err = p.results.Decode(&r)
	}
	if ctx.Err() != nil {
		return result{}, context.Cause(ctx)
	}
	if err != nil {
		p.close()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New(p.cmd.ProcessState.String())
		}
		if p.cmd.ProcessState.Success() {
			return result{}, errNotDispatched
		}
		return result{}, fmt.Errorf("the process that ran the schedules has ended (%w):\n%s", err, p.output)
	}
	return r, nil
}

// errNotDispatched is the error of a process that did something else.
var errNotDispatched = errors.New("the process that was to run the schedules did something else, and has ended: " +
	"it is this program started again, with the same arguments, so have it come to this call, or call explore.Dispatch first in main or TestMain")

// close ends the process. Its output is complete then.
func (p *process) close() {
	_ = p.control.Close() // It notices, and ends.
	_ = p.cmd.Wait()      // Its state tells.
	_ = childproc.Kill(p.cmd.Process.Pid)
}
