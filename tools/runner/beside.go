package runner

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/tools/drivers"
)

// beside counts the runs of Start, whose goroutines come and go beside those of others.
var beside atomic.Int64

// Start starts a run of a scenario that mostly waits (drivers.Scenario.Rests), and returns
// when it only waits, or has ended. The channel gets its report. Other runs, Exclusive ones
// too, can go on meanwhile: this one, which is not Exclusive, opens nothing any more.
func (r Runner) Start(ctx context.Context, s drivers.Scenario) <-chan *Report {
	rests := make(chan struct{})
	r.Exclusive, r.rests = false, sync.OnceFunc(func() { close(rests) })
	done := make(chan *Report, 1)
	beside.Add(1)
	go func() {
		defer beside.Add(-1)
		defer r.rests()
		done <- r.Run(ctx, s)
	}()
	<-rests
	return done
}
