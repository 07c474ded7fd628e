package explore

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/runner"
)

// Crashes are the schedules of CrashEach.
const Crashes Kind = "crashes"

// CrashEach runs a scenario once for each step at which a driver can crash: the driver crashes
// before that step of the default schedule, and is started again at once (Driver.OnRestart). Steps
// before the driver has begun, and after it has ended, are left out, so each crash has an
// effect. If there is none, that is an error. Result.Schedules is the number of crashes.
func CrashEach(ctx context.Context, s drivers.Scenario, driver string, o Options) (*Result, error) {
	o.Kinds, o.crash, o.Schedules = []Kind{Crashes}, driver, maxCrashes
	r, err := Scenario(ctx, s, o)
	if err == nil && r.Unsupported == "" && r.Schedules == 0 {
		err = fmt.Errorf("driver %q of %s never crashed: no driver has that name, or it ends before the first step", driver, s.Name)
	}
	return r, err
}

// maxCrashes is how many steps a run may have in which each is tried.
const maxCrashes = 100_000

// crashes runs the default schedule with a crash at each of its steps.
func (b *batch) crashes(ctx context.Context) {
	whole := b.try(ctx, b.job.Seed, &follow{base: Oldest})
	if whole.report.Verdict != runner.Passed {
		b.note(ctx, whole)
		return
	}
	for step := range len(whole.steps) {
		crash := &virtual.Crash{Driver: b.job.Crash, Step: step}
		if o := b.tryCrash(ctx, b.job.Seed, &follow{base: Oldest}, crash); crash.Done && !b.note(ctx, o) {
			return
		}
	}
}
