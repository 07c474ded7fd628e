package ginkgorunner

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/onsi/ginkgo/v2"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/explore"
	"github.com/lahja/go-lahja/tools/recording"
)

// Explore makes a spec of each scenario, which explores it (explore.Scenario): it fails with the
// first order of steps in which the scenario fails. Call it where you would build Ginkgo
// containers. The processes that run the schedules are this program started again, which this
// call takes over. It returns true, so that you can call it in a var declaration.
func Explore(scenarios []drivers.Scenario, o explore.Options) bool {
	if len(scenarios) == 0 {
		panic("ginkgorunner: no scenarios given, so nothing would be explored")
	}
	explore.Dispatch(scenarios...)
	if o.Store == nil {
		o.Store = &recording.Store{}
	}
	ginkgo.Describe("explore", ginkgo.Label("explore"), func() {
		for _, s := range scenarios {
			ginkgo.It(s.Name, locationOf(s), func(ctx ginkgo.SpecContext) { exploreOne(ctx, s, o) })
		}
	})
	return true
}

func exploreOne(ctx ginkgo.SpecContext, s drivers.Scenario, o explore.Options) {
	timed, cancel := inTime(ctx)
	defer cancel()
	var now atomic.Pointer[explore.Progress]
	now.Store(&explore.Progress{})
	o.Progress = func(p explore.Progress) { now.Store(&p) }
	detach := ginkgo.AttachProgressReporter(func() string {
		at := now.Load()
		return fmt.Sprintf("%s: %d schedules, %d distinct, %d failed", s.Name, at.Schedules, at.Distinct, at.Failures)
	})
	defer detach()
	result, err := explore.Scenario(timed, s, o)
	switch {
	case timed.Err() != nil:
		ginkgo.Skip("not explored to the end: " + context.Cause(timed).Error())
	case err != nil:
		failAt(locationOf(s), err.Error())
	case result.Unsupported != "":
		ginkgo.Skip("unsupported: " + result.Unsupported)
	case len(result.Failures) > 0:
		ginkgo.AddReportEntry("schedules of "+s.Name, result, locationOf(s), ginkgo.ReportEntryVisibilityFailureOrVerbose)
		failAt(locationOf(s), result.Failures[0].Run.Reason+"\nThe schedule is among the report entries.")
	default:
		ginkgo.AddReportEntry("schedules of "+s.Name, result, locationOf(s), ginkgo.ReportEntryVisibilityFailureOrVerbose)
	}
}
