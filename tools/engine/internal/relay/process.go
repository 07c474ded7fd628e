package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/golang/snappy"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/recording"
)

// Carrier takes a parent's messages to one process.
type Carrier interface {
	// Call has the process's machine do something. It fails if the machine has gone.
	Call(ctx context.Context, r Request) (Answer, error)
	// Send sends bytes, at most MaxChunk, to the process's control connection.
	Send(data []byte) error
	// Close says that nothing more is sent, or taken of the process.
	Close()
}

// Process is a process on another machine, as its parent sees it. It implements
// subprocess.Process.
type Process struct {
	carrier          Carrier
	where            subprocess.Where
	ahead, uncertain time.Duration
	pipe             *Pipe
	ring             *recording.Ring
	output           func(line string)

	mu       sync.Mutex
	recorded []byte // what has arrived of the ring
	counted  []byte // what has arrived of coverage counters
}

// NewProcess is a process that is about to be started. Its machine's clock is ahead by that much,
// give or take uncertain.
func NewProcess(c Carrier, s subprocess.Spec, ahead, uncertain time.Duration) *Process {
	return &Process{carrier: c, ahead: ahead, uncertain: uncertain, pipe: NewPipe(), ring: s.Ring, output: s.Output}
}

// Started notes where the process was started, and with what answer.
func (p *Process) Started(host, address string, a Answer) {
	p.where = subprocess.Where{Host: host, Address: address, Dir: a.Dir, PID: a.PID}
}

// Take takes in what is sent of the process. After an error nothing more is taken.
func (p *Process) Take(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	what, data := data[0], data[1:]
	switch what {
	case saysControl:
		if !p.pipe.Take(data) {
			return p.fail(errors.New("the parent does not read the control connection"))
		}
	case saysLine:
		p.output(string(data))
	case saysEnd:
		p.pipe.End(io.EOF)
	case saysRing:
		return p.records(data)
	case saysCounted:
		return p.counts(data)
	default:
		return p.fail(fmt.Errorf("a program of another version says %q of a process", what))
	}
	return nil
}

// records takes in a part of what the process has recorded.
func (p *Process) records(data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.recorded = append(p.recorded, data...); len(p.recorded) > p.mostRecorded() {
		p.recorded = nil
		return p.fail(errors.New("it sends more of a recording than there is"))
	}
	return nil
}

// counts takes in a part of the process's coverage counters.
func (p *Process) counts(data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counted = append(p.counted, data...); len(p.counted) > snappy.MaxEncodedLen(maxCounters) {
		p.counted = nil
		return p.fail(errors.New("it sends more coverage counters than are taken"))
	}
	return nil
}

// mostRecorded is more than a ring takes, in bytes.
func (p *Process) mostRecorded() int { return 1<<20 + 1<<8*p.ring.Records() }

func (p *Process) fail(err error) error {
	p.pipe.End(err)
	return err
}

// Lose says that nothing more comes of the process, and why.
func (p *Process) Lose(why error) { p.pipe.End(why) }

// Control implements subprocess.Process.
func (p *Process) Control() subprocess.Control { return control{p} }

// control is the parent's end of the control connection.
type control struct{ process *Process }

func (c control) Read(p []byte) (int, error)         { return c.process.pipe.Read(p) }
func (c control) SetReadDeadline(at time.Time) error { return c.process.pipe.SetReadDeadline(at) }
func (c control) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), MaxChunk)
		if err := c.process.carrier.Send(p[:n]); err != nil {
			return written, err
		}
		written, p = written+n, p[n:]
	}
	return written, nil
}

// Close does nothing: the machine closes its end once the process has ended.
func (c control) Close() error { return nil }

// Skew implements subprocess.Process.
func (p *Process) Skew() (ahead, uncertain time.Duration) { return p.ahead, p.uncertain }

// Where implements subprocess.Process.
func (p *Process) Where() subprocess.Where { return p.where }

// Pause implements subprocess.Process.
func (p *Process) Pause(ctx context.Context) error {
	_, err := p.carrier.Call(ctx, Request{Op: OpPause})
	return err
}

// Resume implements subprocess.Process.
func (p *Process) Resume(ctx context.Context) error {
	_, err := p.carrier.Call(ctx, Request{Op: OpResume})
	return err
}

// Dying implements subprocess.Process. If the machine has gone, it has nothing to note.
func (p *Process) Dying() { _, _ = p.carrier.Call(context.Background(), Request{Op: OpDying}) }

// Kill implements subprocess.Process. If the machine has gone, so has the process.
func (p *Process) Kill() { _, _ = p.carrier.Call(context.Background(), Request{Op: OpKill}) }

// Wait implements subprocess.Process.
func (p *Process) Wait(grace time.Duration) subprocess.Exit {
	for {
		a, err := p.carrier.Call(context.Background(), Request{Op: OpWait, Grace: grace})
		if err != nil {
			return subprocess.Exit{Error: err}
		}
		if a.Exit != nil {
			return subprocess.Exit{Code: a.Exit.Code, Signal: a.Exit.Signal}
		}
	}
}

// Clean implements subprocess.Process.
func (p *Process) Clean(looked bool) []string {
	a, err := p.clean(Request{Op: OpClean, Looked: looked, Counters: wantedCounters()})
	p.carrier.Close()
	if err != nil {
		return nil // What the process left is its machine's to end, and that it has gone is told.
	}
	left := make([]string, len(a.Left))
	for i, what := range a.Left {
		left[i] = what + " (on " + p.where.Host + ")"
	}
	if err := p.fillRing(); err != nil {
		left = append(left, "recording: what the driver recorded did not arrive: "+err.Error())
	}
	if err := p.keepCounters(); err != nil {
		left = append(left, "coverage: the driver's counters could not be kept: "+err.Error())
	}
	return left
}

// clean asks until the machine has cleaned, which may take a while: there may be much to send.
func (p *Process) clean(r Request) (a Answer, err error) {
	for a.Busy = true; err == nil && a.Busy; {
		a, err = p.carrier.Call(context.Background(), r)
	}
	return a, err
}

// keepCounters puts the process's coverage counters where this program's are.
func (p *Process) keepCounters() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if dir := os.Getenv(envCounters); dir != "" && len(p.counted) > 0 {
		return keepCounters(p.counted, dir)
	}
	return nil
}

// fillRing puts what the process has recorded into its driver's ring, with times of this clock.
func (p *Process) fillRing() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ring.Records() == 0 || len(p.recorded) == 0 {
		return nil
	}
	if n, err := snappy.DecodedLen(p.recorded); err != nil || n > p.mostRecorded() {
		return fmt.Errorf("it would have %d bytes: %w", n, cmp.Or(err, snappy.ErrTooLarge))
	}
	recorded, err := snappy.Decode(nil, p.recorded)
	if err != nil {
		return err
	}
	return p.ring.Fill(recorded, -p.ahead)
}
