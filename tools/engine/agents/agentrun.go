package agents

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// agentRun is a run's part on one machine.
type agentRun struct {
	places    int    // for so many processes
	program   string // its file, once it is known
	dir       string
	placement subprocess.Placement // nil until then
	renewed   time.Time
	processes map[string]*agentProcess
	// parent ends when its parent hears no more of the run.
	parent context.Context
	forget context.CancelFunc
}

// renew notes that the parent of a run lives.
func (a *agent) renew(run string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r := a.runs[run]; r != nil {
		r.renewed = time.Now()
	}
}

// expire ends runs whose parents have gone, until ctx ends.
func (a *agent) expire(ctx context.Context) {
	every := time.NewTicker(leaseTime / 16)
	defer every.Stop()
	back := time.Time{} // when NATS was there again
	for away := false; ; away = !a.conn.IsConnected() {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		allowed := leaseTime
		if away {
			back, allowed = time.Now(), outage
		}
		for _, run := range a.silent(back, allowed) {
			a.end(run, "nothing was heard of its parent for "+allowed.String())
		}
	}
}

// silent are the runs that were not renewed for that long. If NATS was away, that counts from its
// return, but no run is silent for longer than outage.
func (a *agent) silent(back time.Time, allowed time.Duration) (ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, r := range a.runs {
		last := r.renewed
		if allowed == leaseTime && back.After(last) {
			last = back
		}
		if time.Since(last) > allowed || time.Since(r.renewed) > outage {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *agent) endAll() {
	a.mu.Lock()
	var ids []string
	for id := range a.runs {
		ids = append(ids, id)
	}
	a.mu.Unlock()
	for _, id := range ids {
		a.end(id, "the agent ends")
	}
}

// end ends a run: its processes are killed, and its directory is removed.
func (a *agent) end(run, why string) {
	a.mu.Lock()
	r := a.runs[run]
	delete(a.runs, run)
	a.mu.Unlock()
	if r == nil {
		return
	}
	r.forget()
	var finishing sync.WaitGroup
	for _, p := range r.processes { // Nobody adds to a run that is not among the agent's.
		finishing.Go(p.finish)
	}
	finishing.Wait()
	var left []string
	if r.placement != nil {
		left = r.placement.Close()
		if err := os.RemoveAll(r.dir); err != nil {
			left = append(left, err.Error())
		}
	}
	a.mu.Lock()
	a.load -= r.places
	close(a.freed)
	a.freed = make(chan struct{})
	a.mu.Unlock()
	a.log.Info("a run has ended", "run", run, "why", why, "left", left)
}

// place keeps places for the processes of a run. If there are too few, the parent asks again.
func (a *agent) place(run string, places int, out *answer) error {
	if places > a.options.Capacity {
		return fmt.Errorf("agent %s is too small: its capacity is %d, and the run has %d drivers there", a.options.ID, a.options.Capacity, places)
	}
	a.mu.Lock()
	kept, freed := a.keep(run, places), a.freed
	a.mu.Unlock()
	if kept {
		return nil
	}
	select {
	case <-freed:
	case <-time.After(comingWait):
	}
	out.Full = true
	return nil
}

// keep reports whether a run has its places. It is called with the lock held.
func (a *agent) keep(run string, places int) bool {
	if a.runs[run] != nil {
		return true // It was asked for again.
	}
	if a.load+places > a.options.Capacity {
		return false
	}
	r := &agentRun{places: places, renewed: time.Now(), processes: map[string]*agentProcess{}}
	r.parent, r.forget = context.WithCancel(context.Background())
	a.runs[run], a.load = r, a.load+places
	a.log.Info("a run begins", "run", run)
	return true
}

// begin has the run be one of this program. It is called with the lock held.
func (r *agentRun) begin(program string) error {
	if r.placement != nil {
		if r.program != program {
			return errors.New("the run is one of another program")
		}
		return nil
	}
	dir, err := os.MkdirTemp("", runDir(os.Getpid())+"*")
	if err != nil {
		return fmt.Errorf("a directory for the run: %w", err)
	}
	placement, err := subprocess.Start(subprocess.Local{Program: program, Dir: dir, Env: append(childEnv(), relay.EnvCounters(dir))})
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	r.program, r.dir, r.placement = program, dir, placement
	return nil
}

// runDir begins the name of the directory that an agent makes for a run.
func runDir(pid int) string { return fmt.Sprintf("lahja-run-%d-", pid) }

// sweep removes what agents have left on this machine that were killed. One with this process's id was
// another, so it is called before this process is an agent.
var sweep = sync.OnceValue(func() error {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "lahja-run-*"))
	for _, dir := range dirs {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), "lahja-run-"), "-")
		if pid, no := strconv.Atoi(number); no == nil && (pid == os.Getpid() || !childproc.Exists(pid)) {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
})

// passed are the variables of an agent's environment that programs get: what they need to find
// their way on the machine. Others, an agent's credentials say, are none of their business.
var passed = []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR",
	"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG", "GOTRACEBACK"}

func childEnv() (env []string) {
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// start starts a process, once.
func (a *agent) start(ctx context.Context, r request, out *answer) error {
	o, err := a.guard.open(r.Order, time.Now())
	if err != nil {
		a.log.Warn("an order was refused", "why", err)
		return err
	}
	program, err := a.programs.fetch(ctx, o.Program)
	if err != nil {
		return err
	}
	run, p, fresh, err := a.reserve(r.Order, o, program)
	if err != nil {
		a.log.Warn("an order was refused", "why", err)
		return err
	}
	if fresh {
		if p.failed = p.launch(ctx, run, o); p.failed == nil {
			a.log.Info("a process was started", "run", o.Run, "driver", o.Name, "pid", p.hosted.Started().PID)
		}
		close(p.started)
	}
	<-p.started // It may be that it was asked for again.
	if p.failed != nil {
		return p.failed
	}
	out.Answer = p.hosted.Started()
	return nil
}

// reserve notes a process, which the caller starts if it is fresh.
func (a *agent) reserve(s *signed, o startOrder, program string) (run *agentRun, p *agentProcess, fresh bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	run = a.runs[o.Run]
	if run == nil {
		return nil, nil, false, fmt.Errorf("agent %s has no place for the run %s: nothing was heard of its parent for %v", a.options.ID, o.Run, leaseTime)
	}
	if known := run.processes[o.Process]; known != nil {
		return run, known, false, nil
	}
	if err := a.guard.once(s, o, time.Now()); err != nil {
		return nil, nil, false, err
	}
	if err := run.begin(program); err != nil {
		return nil, nil, false, err
	}
	p = &agentProcess{agent: a, started: make(chan struct{})}
	run.processes[o.Process] = p
	return run, p, true, nil
}
