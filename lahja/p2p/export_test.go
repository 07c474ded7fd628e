package p2p

import (
	"time"

	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/lease"
)

func init() { lease.Quick = time.Minute }

// TimesLent is how often requests of ep have read for themselves what the named peer sent.
func TimesLent(ep *Endpoint, peer string) uint64 { return ep.holder(peer).lease.Times() }

// LooksAfter is the longest that a reader that has left the lease does not look, and the least
// that this ever is.
func LooksAfter(ep *Endpoint, peer string) (longest, least time.Duration) {
	return ep.holder(peer).lease.Looks()
}

// NeverLook has readers of new connections that have left the lease not look, until restored.
func NeverLook() (restore func()) {
	was := lease.LookAfter
	lease.LookAfter = 24 * time.Hour
	return func() { lease.LookAfter = was }
}

// Queued is how many events wait for the named peer, and in how many frames.
func Queued(ep *Endpoint, peer string) (events, frames int) {
	q := ep.holder(peer).out.State()
	return q.Events, q.Frames
}

// CoreOf is what ep works with.
func CoreOf(ep *Endpoint) *core.Core { return ep.core }

// PendingRequests is how many requests of ep wait for an answer.
func PendingRequests(ep *Endpoint) int {
	return ep.Inspect().Pending
}

// Recall has the reader of what the named peer sends go on if nobody reads.
func Recall(ep *Endpoint, peer string) { ep.holder(peer).lease.Recall() }

// PendingSyncs is how many syncs of the peer wait for handlers.
func PendingSyncs(ep *Endpoint, peer string) int64 { return ep.holder(peer).syncs.Load() }

// HeldMemory is what connections make ep hold, and have left.
func HeldMemory(ep *Endpoint) int64 { return ep.memory.held.Load() + ep.memory.left.Load() }

// IsDialling reports whether a call of ep connects to the named endpoint.
func IsDialling(ep *Endpoint, name string) bool {
	ep.mu.Lock()
	defer ep.mu.Unlock()
	return ep.dials.OfLocked(name) != nil
}
