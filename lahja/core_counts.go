package lahja

import "sync/atomic"

// coreCounts are a Core's totals that are counted nowhere else.
type coreCounts struct {
	received  trafficCount // by Deliver; an Endpoint's peers count their own
	unclaimed atomic.Uint64
	unfit     atomic.Uint64
	forged    atomic.Uint64
	failures  atomic.Uint64

	// Of subscriptions that were closed; guarded by Core.mu.
	taken, dropped uint64
}
