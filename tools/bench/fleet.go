package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// fleet is the processes of one run, seen from their parent. It is not safe for concurrent
// use.
type fleet struct {
	dir   string
	stall time.Duration
	// profile is the prefix of the files of CPU profiles. If it is empty, there are none.
	profile string

	all      []*process
	messages chan received
}

// process is a child.
type process struct {
	name  string
	cmd   *exec.Cmd
	lines *lines
	out   output
	// count is the progress that the child reported last.
	count int64
	// ended is closed when the process has ended and all its messages are in fleet.messages.
	ended chan struct{}
}

// received is a message and its sender.
type received struct {
	from *process
	message
}

func newFleet(stall time.Duration) (*fleet, error) {
	dir, err := os.MkdirTemp("", "lahja-bench-") // short, as sockets go there
	if err != nil {
		return nil, fmt.Errorf("bench: a private directory: %w", err)
	}
	return &fleet{dir: dir, stall: stall, messages: make(chan received, 64)}, nil
}

// start starts a process with its job.
func (f *fleet) start(name string, j job) (*process, error) {
	switch {
	case os.Getenv(childEnv) != "":
		return nil, errors.New("bench: this process is itself a child of a measurement and may not start children: " +
			"call bench.Dispatch first thing in main or TestMain")
	case !dispatched:
		return nil, errors.New("bench: measurements start this program again, but bench.Dispatch was not called: " +
			"make it the first line of main or TestMain")
	}
	p := &process{name: name, ended: make(chan struct{})}
	j.Dir = f.dir
	if err := p.start(j); err != nil {
		return nil, fmt.Errorf("bench: start %s: %w", name, err)
	}
	f.all = append(f.all, p)
	go f.listen(p)
	return p, nil
}

func (p *process) start(j job) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	parent, child, err := childproc.Pair()
	if err != nil {
		return err
	}
	defer child.Close()
	p.cmd = exec.Command(program)
	p.cmd.Env = append(os.Environ(), childEnv+"=1")
	p.cmd.ExtraFiles = []*os.File{child}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.WaitDelay = outputGrace
	childproc.Lead(p.cmd)
	if err := p.cmd.Start(); err != nil {
		parent.Close()
		return err
	}
	p.lines = newLines(parent)
	if err := p.lines.send(order{Kind: orderJob, Job: &j}); err != nil {
		p.kill()
		// The error to report is the one above.
		_ = p.cmd.Wait()
		parent.Close()
		return err
	}
	return nil
}

// outputGrace is how long a child's own children may hold its output open after it ended.
const outputGrace = time.Second

// listen passes on what a child says until it has ended.
func (f *fleet) listen(p *process) {
	defer close(p.ended)
	for {
		var m message
		if p.lines.receive(&m) != nil {
			break // the end of the process says why
		}
		f.messages <- received{p, m}
	}
	p.kill() // it may have closed the connection without ending
	err := p.cmd.Wait()
	text := "ended with exit code 0"
	if err != nil {
		text = "ended with " + err.Error()
	}
	if out := p.out.String(); out != "" {
		text += "; its last output:\n" + out
	}
	f.messages <- received{p, message{Kind: messageGone, Error: text}}
}

// kill ends a process with its group, unless it has been waited for.
func (p *process) kill() {
	select {
	case <-p.ended:
	default:
		// It fails only if the process has already ended.
		_ = childproc.Kill(p.cmd.Process.Pid)
	}
}

// order sends an order to each of the processes.
func (f *fleet) order(kind orderKind, to ...*process) {
	for _, p := range to {
		// If a process has ended, listen reports it.
		_ = p.lines.send(order{Kind: kind})
	}
}

// expect waits until each of the processes has sent a message of that kind, and
// returns them in that order. It fails if any process of the fleet fails, ends or sends
// something else, or if no message arrives for too long.
func (f *fleet) expect(ctx context.Context, kind messageKind, from ...*process) ([]message, error) {
	got := map[*process]message{}
	stalled := time.NewTimer(f.stall)
	defer stalled.Stop()
	for len(got) < len(from) {
		select {
		case m := <-f.messages:
			if err := f.take(m, kind, got); err != nil {
				return nil, err
			}
			stalled.Reset(f.stall)
		case <-ctx.Done():
			return nil, fmt.Errorf("bench: stopped: %w", context.Cause(ctx))
		case <-stalled.C:
			return nil, f.stalled(kind, from, got)
		}
	}
	all := make([]message, len(from))
	for i, p := range from {
		all[i] = got[p]
	}
	return all, nil
}

func (f *fleet) take(m received, want messageKind, got map[*process]message) error {
	switch m.Kind {
	case messageProgress:
		m.from.count = m.Count
		return nil
	case messageFailed:
		return fmt.Errorf("bench: %s: %s", m.from.name, m.Error)
	case messageGone:
		return fmt.Errorf("bench: %s %s", m.from.name, m.Error)
	case want:
		got[m.from] = m.message
		return nil
	}
	return fmt.Errorf("bench: %s said %q instead of %q", m.from.name, m.Kind, want)
}

func (f *fleet) stalled(kind messageKind, from []*process, got map[*process]message) error {
	var missing []string
	for _, p := range from {
		if _, ok := got[p]; !ok {
			missing = append(missing, fmt.Sprintf("%s (about %d events so far)", p.name, p.count))
		}
	}
	return fmt.Errorf("bench: nothing has happened for %v: want %q of %s; events that do not arrive are lost "+
		"(fewer --events, or a --throttle, may show where)", f.stall, kind, strings.Join(missing, ", "))
}

// profiled returns the job with a CPU profile of that name if the command writes profiles.
func (f *fleet) profiled(j job, name string) job {
	if f.profile != "" {
		j.Profile = f.profile + "-" + name + ".pprof"
	}
	return j
}

// usage sends the order and returns what all processes have used so far.
func (f *fleet) usage(ctx context.Context, kind orderKind) ([]message, error) {
	f.order(kind, f.all...)
	return f.expect(ctx, messageUsage, f.all...)
}

// close kills all processes, waits for them, and removes their directory.
func (f *fleet) close() error {
	for _, p := range f.all {
		p.kill()
	}
	var ended sync.WaitGroup
	for _, p := range f.all {
		ended.Go(func() { <-p.ended })
	}
	gone := make(chan struct{})
	go func() { ended.Wait(); close(gone) }()
	for {
		select {
		case <-f.messages: // no longer needed
			continue
		case <-gone:
		}
		break
	}
	for _, p := range f.all {
		p.lines.file.Close()
	}
	return os.RemoveAll(f.dir)
}

// output keeps the last bytes that a process prints. It is safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text []byte
}

// outputKept is how many bytes an output keeps.
const outputKept = 4 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	o.text = o.text[max(0, len(o.text)-outputKept):]
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.text))
}
