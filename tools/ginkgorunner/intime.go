package ginkgorunner

import (
	"context"
	"flag"
	"time"

	"github.com/lahja/go-lahja/tools/runner"
)

// began is when this process began. go test counts its time from shortly after.
var began = time.Now()

// inTime ends ctx before the time of go test is up: the process would then end without a word about
// any driver. The ginkgo command sets that time to 0 and ends specs itself.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := testTimeout()
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, began.Add(limit-min(stopMargin, limit/4)), runner.ErrOutOfTime)
}

// testTimeout returns the flag -timeout of go test, or 0 without one.
func testTimeout() time.Duration {
	f := flag.Lookup("test.timeout")
	if f == nil {
		return 0
	}
	getter, ok := f.Value.(flag.Getter)
	if !ok {
		return 0
	}
	limit, _ := getter.Get().(time.Duration)
	return limit
}
