package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// stopMargin is how long before the time of go test is up its runs are stopped: enough
// to stop drivers, to kill children that hang, and to write reports. Of little time it
// is a quarter.
const stopMargin = 15 * time.Second

// ErrOutOfTime is why a context of InTime ends early.
var ErrOutOfTime = errors.New("the time that go test gives (-timeout) is almost up")

// InTime returns the test's context, which ends with ErrOutOfTime as cause in time for
// the verdicts to be reported: once go test's own timeout is up, the process ends, and
// no report says which driver hung. The caller calls cancel when the runs have ended.
func InTime(t *testing.T) (ctx context.Context, cancel context.CancelFunc) {
	deadline, ok := t.Deadline()
	if !ok {
		return context.WithCancel(t.Context())
	}
	margin := min(stopMargin, time.Until(deadline)/4)
	return context.WithDeadlineCause(t.Context(), deadline.Add(-margin), ErrOutOfTime)
}

// In returns a copy of the runner that reports to a test while it runs: with -v all that
// drivers print and log, and what they had by luck, and where they stand when a run is
// interrupted and goes on for a while. What is set already it leaves alone.
func (r Runner) In(t testing.TB) *Runner {
	out := &untilEnded{w: t.Output()}
	t.Cleanup(out.end)
	if r.Output == nil && testing.Verbose() {
		r.Output = out
	}
	r.Races = r.Races || testing.Verbose()
	if r.Interrupted == nil {
		r.Interrupted = func(at []Standing) {
			// Mostly the report says it at once.
			time.AfterFunc(slowStop, func() { fmt.Fprintf(out, "the run was interrupted, and drivers still stop:\n%s", StandingText(at)) })
		}
	}
	return &r
}

// slowStop is how long drivers may take to stop before a test says where they stood.
const slowStop = 200 * time.Millisecond

// StandingText is where drivers stand, for people: an indented line each.
func StandingText(all []Standing) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "    %s\n", s)
	}
	return b.String()
}

// untilEnded is the output of a test, which must not be written to when that has ended.
type untilEnded struct {
	mu    sync.Mutex
	w     io.Writer
	ended bool
}

func (u *untilEnded) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended {
		return len(p), nil
	}
	return u.w.Write(p)
}

func (u *untilEnded) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
}
