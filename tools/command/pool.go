package command

import (
	"context"
	"errors"
	"io"

	"github.com/lahja/go-lahja/tools/internal/workers"
)

// pool makes several runs at once. One goroutine uses it: results are handled on that one.
type pool struct {
	// cancel ends ctx, which interrupts all runs.
	ctx    context.Context
	cancel context.CancelFunc
	// most is how many workers make one run each at a time. One more worker has the runs that
	// mostly wait. If most is 1, this process makes all runs.
	most     int
	settings workers.Settings
	stderr   io.Writer
	cell     func(turn) workers.Cell
	// begin is told of a run that begins, and end of its result.
	begin func(turn) *flight
	end   func(*flight, workers.Result) error

	free    []*workers.Worker
	busy    int
	rests   *workers.Worker
	waiting []turn // to be begun by rests
	begins  bool   // rests is beginning one
	running int    // how many have no result yet
	// changes has what is to be done on the goroutine that uses the pool.
	changes chan func()
	err     error
}

// add makes a run, and returns when a worker does so. A scenario that mostly waits is
// begun when those before it only wait.
func (p *pool) add(t turn) {
	if t.alone() {
		p.settle()
		defer p.settle()
	}
	switch {
	case p.most == 1:
		p.addHere(t)
	case t.scenario.Rests != "":
		p.running++
		p.waiting = append(p.waiting, t)
		p.beginNext()
	default:
		for p.busy == p.most {
			p.next()
		}
		p.run(t)
	}
}

// addHere makes a run in this process.
func (p *pool) addHere(t turn) {
	p.poll()
	p.running++
	here, f := workers.Local{Settings: p.settings}, p.begin(t)
	if t.scenario.Rests == "" || p.settings.WaitForDebugger != "" {
		p.ended(f, here.Run(p.ctx, p.cell(t), f))
		return
	}
	done := here.Begin(p.ctx, p.cell(t), f)
	go func() {
		r := <-done
		p.changes <- func() { p.ended(f, r) }
	}()
}

// run has a worker make a run.
func (p *pool) run(t turn) {
	w := p.worker()
	if w == nil {
		return
	}
	p.running++
	p.busy++
	f := p.begin(t)
	go func() {
		r := w.Run(p.ctx, p.cell(t), f)
		p.changes <- func() {
			p.busy--
			p.free = append(p.free, w)
			p.ended(f, r)
		}
	}()
}

// beginNext begins the next run that mostly waits, unless one is beginning.
func (p *pool) beginNext() {
	if p.begins || len(p.waiting) == 0 {
		return
	}
	if p.rests == nil || p.rests.Ended() {
		if p.rests = p.worker(); p.rests == nil {
			p.drop()
			return
		}
	}
	t := p.waiting[0]
	p.waiting = p.waiting[1:]
	w, f := p.rests, p.begin(t)
	p.begins = true
	go func() {
		done := w.Begin(p.ctx, p.cell(t), f)
		p.changes <- func() {
			p.begins = false
			p.beginNext()
		}
		r := <-done
		p.changes <- func() { p.ended(f, r) }
	}()
}

// drop forgets the runs that have not begun.
func (p *pool) drop() {
	p.running -= len(p.waiting)
	p.waiting = nil
}

// worker returns a free worker, or a new one. If none can be started, it returns nil.
func (p *pool) worker() *workers.Worker {
	for len(p.free) > 0 {
		w := p.free[len(p.free)-1]
		p.free = p.free[:len(p.free)-1]
		if !w.Ended() {
			return w
		}
		w.Close()
	}
	w, err := workers.Start(p.ctx, p.settings, p.stderr)
	if err != nil {
		p.fail(err)
		return nil
	}
	return w
}

// ended takes the result of a run.
func (p *pool) ended(f *flight, r workers.Result) {
	p.running--
	if err := p.end(f, r); err != nil {
		p.fail(err)
	}
}

// fail interrupts all runs.
func (p *pool) fail(err error) {
	p.err = errors.Join(p.err, err)
	p.cancel()
}

// next waits for one change.
func (p *pool) next() { (<-p.changes)() }

// poll takes the changes that are there.
func (p *pool) poll() {
	for {
		select {
		case change := <-p.changes:
			change()
		default:
			return
		}
	}
}

// settle returns when every run has its result.
func (p *pool) settle() {
	for p.running > 0 || p.begins {
		if p.ctx.Err() != nil {
			p.drop()
		}
		p.next()
	}
}

// close ends the workers. All runs have their results by then.
func (p *pool) close() {
	for _, w := range p.free {
		w.Close()
	}
	if p.rests != nil {
		p.rests.Close()
	}
}
