package saboteurs

import (
	"github.com/lahja/go-lahja/lahja/p2p"
)

// queueSaboteurs cannot handle slow peers.
var queueSaboteurs = []Saboteur{
	{
		Defect:   "It writes to all peers under one lock, so a peer that does not read blocks all others.",
		KilledBy: "slow/stalled-peer-delays-nobody",
		First:    `Sync\("healthy"\): timeout after`,
		Backend:  underOneLock(memory("blocks-on-a-slow-peer")),
	},
	{
		Defect:   "Its queues have no bound.",
		KilledBy: "slow/full-queue-throws",
		First:    `\d+ events, \d+ bytes in all, were queued for a peer that reads nothing`,
		Backend:  with(memory("bounds-no-queue"), func(o *p2p.Options) { o.QueueBytes = 1 << 40 }),
	},
	{
		Defect:   "It does not report that an event that must not wait met a full queue.",
		KilledBy: "slow/full-queue-throws",
		First:    `BroadcastNowait\(Blob\{.*\}\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("swallows-full-queues"), broadcasts(regardless)},
	},
}
