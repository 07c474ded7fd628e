//go:build !linux

package bench

import "time"

// monotonic is the time of day, as the one clock that processes surely share: who
// sets it during a run spoils the run.
func monotonic() int64 { return time.Now().UnixNano() }
