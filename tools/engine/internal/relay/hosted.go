package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/golang/snappy"

	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/recording"
)

// Hosted is a driver's process on this machine, whose parent is on another one.
type Hosted struct {
	os   subprocess.Process
	ring *recording.Ring
	say  func(data []byte) error
	// counters is the directory of its coverage counters.
	counters string

	waiting sync.Once
	ended   chan struct{}
	exit    subprocess.Exit
	cleaned sync.Once
	left    []string
}

// Start starts a process, with a place for its coverage counters below the run's directory. What it says is for its Process.Take: say returns when the parent has
// taken that, or fails because the parent has gone, and is called by several goroutines.
func Start(ctx context.Context, at subprocess.Placement, dir string, o Order, say func(data []byte) error) (*Hosted, error) {
	h := &Hosted{say: say, ended: make(chan struct{})}
	if o.Records > 0 {
		// Without it the recording says that the process had no ring.
		h.ring, _ = recording.NewShared(o.Records)
	}
	var err error
	if h.counters, err = os.MkdirTemp(dir, "counters-"); err != nil {
		return nil, errors.Join(fmt.Errorf("a directory for coverage counters: %w", err), h.ring.Close())
	}
	env := append(slices.Clone(o.Env), EnvCounters(h.counters))
	h.os, err = at.Start(ctx, subprocess.Spec{Driver: o.Driver, Name: o.Name, Args: o.Args, Env: env, Ring: h.ring,
		// The parent has gone where this fails, and learns of it otherwise.
		Output: func(line string) { _ = say(append([]byte{saysLine}, line...)) }})
	if err != nil {
		return nil, errors.Join(err, h.ring.Close(), os.Remove(h.counters))
	}
	go h.forward()
	return h, nil
}

// Started is the answer to the order.
func (h *Hosted) Started() Answer {
	where := h.os.Where()
	return Answer{PID: where.PID, Dir: where.Dir}
}

// Write hands on what the parent has sent to the control connection.
func (h *Hosted) Write(data []byte) (int, error) { return h.os.Control().Write(data) }

// forward sends on what the process says on its control connection.
func (h *Hosted) forward() {
	buffer := make([]byte, MaxChunk)
	for {
		n, err := h.os.Control().Read(buffer[1:])
		if n > 0 {
			buffer[0] = saysControl
			if h.say(buffer[:1+n]) != nil {
				return // The parent has gone, and the run with it.
			}
		}
		if err != nil {
			// As above. Whatever ended it, nothing more comes.
			_ = h.say([]byte{saysEnd})
			return
		}
	}
}

// pollWait is how long a request waits for the end of a process before it is answered, so that
// the answer is none that was given up for.
const pollWait = 300 * time.Millisecond

// Do does what the parent wants done.
func (h *Hosted) Do(ctx context.Context, r Request) (a Answer, err error) {
	switch r.Op {
	case OpPause:
		return a, h.os.Pause(ctx)
	case OpResume:
		return a, h.os.Resume(ctx)
	case OpDying:
		h.os.Dying()
	case OpKill:
		h.os.Kill()
	case OpWait:
		h.wait(r.Grace)
		select {
		case <-h.ended:
			a.Exit = &Exit{h.exit.Code, h.exit.Signal}
		case <-time.After(pollWait):
		}
	case OpClean:
		h.wait(0)
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.clean(r)
		}()
		select {
		case <-done:
			a.Left = h.left
		case <-time.After(pollWait):
			a.Busy = true
		}
	default:
		return a, fmt.Errorf("unknown operation %q: the parent is of another version", r.Op)
	}
	return a, nil
}

func (h *Hosted) wait(grace time.Duration) {
	h.waiting.Do(func() {
		go func() {
			h.exit = h.os.Wait(grace)
			close(h.ended)
		}()
	})
}

// clean returns when the process has ended, and is cleaned.
func (h *Hosted) clean(r Request) {
	<-h.ended
	h.cleaned.Do(func() {
		h.left = h.os.Clean(r.Looked)
		if recorded := h.ring.Bytes(); recorded != nil {
			h.send(saysRing, snappy.Encode(nil, recorded))
		}
		h.sendCounters(r.Counters)
		if err := errors.Join(h.ring.Close(), ignoreClosed(h.os.Control().Close())); err != nil {
			h.left = append(h.left, "descriptor: "+err.Error())
		}
	})
}

// sendCounters sends the process's coverage counters, if they are wanted, and removes them.
func (h *Hosted) sendCounters(wanted *Counters) {
	if wanted != nil {
		packed, err := packCounters(h.counters, wanted.Has)
		if err != nil {
			h.left = append(h.left, "coverage: the driver's counters could not be sent: "+err.Error())
		}
		h.send(saysCounted, packed)
	}
	if err := os.RemoveAll(h.counters); err != nil {
		h.left = append(h.left, "directory: the driver's coverage counters could not be removed: "+err.Error())
	}
}

// send sends what is sent of a process that has ended. The parent has gone where that fails.
func (h *Hosted) send(what byte, data []byte) {
	for chunk := range slices.Chunk(data, MaxChunk-1) {
		if h.say(append([]byte{what}, chunk...)) != nil {
			return
		}
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

// End ends the process if it has not ended, and all that it has left behind.
func (h *Hosted) End() {
	select {
	case <-h.ended:
	default:
		h.os.Kill()
	}
	h.wait(0)
	h.clean(Request{})
}
