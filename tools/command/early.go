package command

import (
	"context"

	"github.com/lahja/go-lahja/tools/runner"
)

// early has the runs of one round that mostly wait (drivers.Scenario.Rests). They start before
// the others, and run beside them.
type early struct {
	round   int
	running map[[2]string]<-chan *runner.Report
}

// start starts them.
func (e *early) start(ctx context.Context, round int, todo *rounds, with func(turn) runner.Runner) {
	e.round, e.running = round, map[[2]string]<-chan *runner.Report{}
	for _, s := range todo.scenarios {
		for _, on := range todo.engines {
			if s.Rests != "" && ctx.Err() == nil {
				r := with(turn{s, on, round})
				r.Interrupted = nil // Where the others stand says more.
				e.running[[2]string{s.Name, on.Name()}] = r.Start(ctx, s)
			}
		}
	}
}

// report returns the report of a run that started early. ok is false if it did not.
func (e *early) report(t turn) (report *runner.Report, ok bool) {
	key := [2]string{t.scenario.Name, t.engine.Name()}
	running, ok := e.running[key]
	if ok {
		report = <-running
		delete(e.running, key)
	}
	return report, ok
}

// wait waits for the runs whose report nobody took. Their context has ended.
func (e *early) wait() {
	for _, running := range e.running {
		<-running
	}
}
