package unix

import (
	"context"
	"time"
)

// The pauses between attempts at what only the kernel knows the time of: there
// is nothing to wait on for a backlog to empty or a lock to be free.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// backoff is the next pause; it starts at zero.
type backoff time.Duration

func (b backoff) next() backoff { return min(2*max(b, backoff(firstPause)/2), backoff(lastPause)) }

// wait pauses, and returns why ctx ended if it ends first.
func (b backoff) wait(ctx context.Context) error {
	timer := time.NewTimer(time.Duration(max(b, backoff(firstPause))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
