package runner

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/race"
)

// hangs is after how long, by the system's clock, a run in another time is given up: most take
// a millisecond.
var hangs = race.Factor * 10 * time.Second

// runIn does what runOn does, in the time of the engine.
func (r *Runner) runIn(ctx context.Context, own engine.OwnTime, s drivers.Scenario, launch engine.Launch, site engine.Site, report *Report) (*Report, *recorder) {
	inside := *report
	var recorder *recorder
	done := make(chan error, 1)
	go func() {
		done <- own.Within(func() {
			began := time.Now()
			recorder = r.runOn(stopsLater{ctx}, s, launch, site, observation{}, &inside)
			inside.Virtual = time.Since(began)
		})
	}()
	watchdog := time.NewTimer(hangs)
	defer watchdog.Stop()
	select {
	case err := <-done:
		if err != nil {
			inside.leaks(whatIsLeft(err, inside.runID))
		}
		return &inside, recorder
	case <-watchdog.C:
		report.harness(fmt.Errorf("the run hangs: %v passed by the system's clock, which is more than a run in virtual time takes. "+
			"Perhaps something waits for a channel, a lock or a connection from outside the run, or never stops\n%s", hangs, stacks()))
		return report, nil
	}
}

// whatIsLeft says which goroutines have not ended, so that the engine's time did not end either.
func whatIsLeft(err error, runID string) []string {
	if left := (observation{}).leakedGoroutines(runID); len(left) > 0 {
		return left
	}
	return []string{err.Error()}
}

// ownTime reports whether the engine has a time of its own.
func (r *Runner) ownTime() bool {
	_, own := r.Engine.(engine.OwnTime)
	return own
}

// stopsLater is a context from outside of the engine's time. There a channel of outside would
// count as something that may yet happen, which stops the clock, and one of inside cannot be
// closed from outside. So it has no channel; its error is looked for instead.
type stopsLater struct{ context.Context }

func (stopsLater) Done() <-chan struct{}       { return nil }
func (stopsLater) Deadline() (time.Time, bool) { return time.Time{}, false }

// watchStuck begins to watch whether the run stands still, and in the engine's own time also
// whether it was stopped from outside.
func (r *Runner) watchStuck(outside context.Context, c *coordinator, session engine.Session) *stuckWatch {
	if !r.ownTime() {
		return c.watchStuck(stillTick, nil)
	}
	told := false
	idler, knows := session.(engine.Idler)
	return c.watchStuck(stillTime, func() bool {
		if !told && outside.Err() != nil {
			told = true
			c.interrupt(context.Cause(outside), r.Interrupted)
		}
		return !knows || idler.Idle()
	})
}

// stacks are those of the goroutines that keep the engine's time from going on: they wait for
// something from outside of it, or run.
func stacks() string {
	buf := make([]byte, 4<<20)
	var found []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if head, _, _ := strings.Cut(stack, "\n"); strings.Contains(head, "synctest bubble") && !strings.Contains(head, "(durable)") {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}
