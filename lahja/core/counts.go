package core

import (
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/inspect"
)

// coreCounts are a Core's totals that are counted nowhere else.
type coreCounts struct {
	received  TrafficCount // by Deliver; an Endpoint's peers count their own
	unclaimed atomic.Uint64
	unfit     atomic.Uint64
	forged    atomic.Uint64
	failures  atomic.Uint64
	lost      atomic.Uint64 // lahja.Gap.Lost

	// Of subscriptions that were closed; guarded by Core.mu.
	taken, dropped uint64
}

// TrafficCount is Traffic that one goroutine counts while others read it. A reader may see
// the two numbers of different moments.
type TrafficCount struct{ events, bytes atomic.Uint64 }

// Add counts events and their bytes.
func (t *TrafficCount) Add(n inspect.Traffic) {
	t.events.Add(n.Events)
	t.bytes.Add(n.Bytes)
}

// Now returns what was counted so far.
func (t *TrafficCount) Now() inspect.Traffic {
	return inspect.Traffic{Events: t.events.Load(), Bytes: t.bytes.Load()}
}
