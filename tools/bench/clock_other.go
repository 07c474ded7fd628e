//go:build !linux

package bench

import "time"

// monotonic reads the time of day, the only clock that processes are sure to share. Setting it
// during a run spoils the run.
func monotonic() int64 { return time.Now().UnixNano() }
