package stdio

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// Session is a relay that was started.
type Session struct {
	// Machine is the name of its machine, and Address where endpoints listen there.
	Machine, Address string
	// In and Out are its standard input and output.
	In  io.WriteCloser
	Out io.Reader
	// Wait returns how the relay ended, with what it printed on its standard error. It is called
	// once, when Out has ended.
	Wait func() error
	// Abort makes In, Out and Wait fail if they do not end by themselves.
	Abort func()
}

// Remote is a run's part on one machine: the relay there, as the parent sees it.
type Remote struct {
	session          Session
	to               wire
	ahead, uncertain time.Duration

	greeted atomic.Bool
	silent  *time.Timer     // gives the relay up
	ctx     context.Context // ends with the relay; the cause says why
	gone    context.CancelCauseFunc
	done    chan struct{} // closed when the session has ended
	exit    error         // once done is closed

	mu        sync.Mutex
	last      int // number of a call, or of a process
	calls     map[int]chan frame
	processes map[int]*relay.Process
}

// startTime is how long a relay may take to begin.
const startTime = 20 * time.Second

// Begin returns when the relay has begun, and its machine's clock is known. The relay is given up
// if that fails.
func Begin(ctx context.Context, s Session) (*Remote, error) {
	r := newRemote(s)
	go r.follow()
	var err error
	r.ahead, r.uncertain, err = relay.Measure(func() (time.Time, error) {
		a, err := r.call(ctx, frame{})
		return a.Time, err
	})
	if err != nil {
		r.lose(err)
		r.to.end() // It ends the relay, or else its silence does.
		return nil, err
	}
	go r.watch()
	return r, nil
}

func newRemote(s Session) *Remote {
	r := &Remote{session: s, to: wire{out: s.In}, done: make(chan struct{}), calls: map[int]chan frame{}, processes: map[int]*relay.Process{}}
	r.ctx, r.gone = context.WithCancelCause(context.Background())
	r.silent = time.AfterFunc(startTime, r.giveUp)
	return r
}

// giveUp loses a relay of which nothing was heard.
func (r *Remote) giveUp() {
	why := fmt.Errorf("nothing was heard of machine %s for %v: it hangs, or its network is cut", r.session.Machine, silence)
	if !r.greeted.Load() {
		why = fmt.Errorf("machine %s: the program did not dispatch within %v: "+
			"give runner.Dispatch this engine, first thing in main or TestMain", r.session.Machine, startTime)
	}
	r.lose(why)
	r.session.Abort()
}

// lose notes that the relay has gone: nothing more comes of its processes.
func (r *Remote) lose(why error) {
	r.gone(why)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.processes {
		p.Lose(context.Cause(r.ctx))
	}
}

// follow takes in what the relay says, until it has ended.
func (r *Remote) follow() {
	defer close(r.done)
	defer r.silent.Stop()
	err := r.read()
	if !errors.Is(err, io.EOF) {
		r.lose(fmt.Errorf("machine %s: its relay cannot be understood: %w", r.session.Machine, err))
		r.session.Abort()
	}
	r.exit = r.session.Wait()
	what := "the connection, or the relay there, has ended"
	if !r.greeted.Load() {
		what = "the program there did not dispatch (give runner.Dispatch this engine, first thing in main or TestMain)"
	}
	r.lose(fmt.Errorf("machine %s: %s: %w", r.session.Machine, what, cmp.Or(r.exit, err)))
}

func (r *Remote) read() error {
	in := bufio.NewReader(r.session.Out)
	for line := ""; line != hello; {
		var err error
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
	}
	r.greeted.Store(true)
	for from := json.NewDecoder(in); ; {
		r.silent.Reset(silence)
		var f frame
		if err := from.Decode(&f); err != nil {
			return err
		}
		r.take(f)
	}
}

func (r *Remote) take(f frame) {
	r.mu.Lock()
	asked, process := r.calls[f.Call], r.processes[f.Process]
	delete(r.calls, f.Call)
	r.mu.Unlock()
	switch {
	case asked != nil:
		asked <- f
	case process != nil:
		_ = process.Take(f.Data) // Whoever reads its control connection gets the error.
	}
}

// unanswered is a call of which nobody awaits the answer.
const unanswered = -1

// watch sees that there is something to hear of the relay, and that it hears of its parent.
func (r *Remote) watch() {
	every := time.NewTicker(pingEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-r.ctx.Done():
			return
		}
		_ = r.to.send(frame{Call: unanswered}) // If it fails, the relay has gone.
	}
}

// call has the relay do something.
func (r *Remote) call(ctx context.Context, f frame) (frame, error) {
	answered := make(chan frame, 1)
	f.Call = r.number(func(n int) { r.calls[n] = answered })
	_ = r.to.send(f) // If it fails, the relay has gone, and follow knows why.
	select {
	case f = <-answered:
	case <-r.ctx.Done():
		return f, context.Cause(r.ctx)
	case <-ctx.Done():
		return f, fmt.Errorf("machine %s has not answered: %w", r.session.Machine, context.Cause(ctx))
	}
	if f.Answer.Error != "" {
		return f, fmt.Errorf("machine %s: %s", r.session.Machine, f.Answer.Error)
	}
	return f, nil
}

// number does something with a new number.
func (r *Remote) number(do func(n int)) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	do(r.last)
	return r.last
}

// Start starts a process.
func (r *Remote) Start(ctx context.Context, spec subprocess.Spec) (subprocess.Process, error) {
	c := &carrier{remote: r}
	p := relay.NewProcess(c, spec, r.ahead, r.uncertain)
	c.process = r.number(func(n int) { r.processes[n] = p })
	order := relay.OrderOf(spec)
	a, err := r.call(ctx, frame{Process: c.process, Order: &order})
	if err != nil {
		return nil, err
	}
	p.Started(r.session.Machine, r.session.Address, a.Answer)
	return p, nil
}

// Close ends the relay, with what processes are left. It says what is left behind.
func (r *Remote) Close() []string {
	lost := r.ctx.Err() != nil
	r.to.end()
	<-r.done
	if r.exit == nil || lost { // That it was lost, its drivers have told.
		return nil
	}
	return []string{context.Cause(r.ctx).Error()}
}

// carrier takes messages to one process. It implements relay.Carrier.
type carrier struct {
	remote  *Remote
	process int
}

// Call implements relay.Carrier.
func (c *carrier) Call(ctx context.Context, r relay.Request) (relay.Answer, error) {
	f, err := c.remote.call(ctx, frame{Process: c.process, Request: &r})
	return f.Answer, err
}

// Send implements relay.Carrier.
func (c *carrier) Send(data []byte) error {
	return c.remote.to.send(frame{Process: c.process, Data: data})
}

// Close implements relay.Carrier.
func (c *carrier) Close() {
	c.remote.mu.Lock()
	defer c.remote.mu.Unlock()
	delete(c.remote.processes, c.process)
}
