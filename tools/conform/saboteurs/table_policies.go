package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// policySaboteurs do not follow the policy for events for which there is no room.
var policySaboteurs = []Saboteur{
	{
		Defect:   "Its subscriptions drop the oldest events instead of the newest, and vice versa.",
		KilledBy: "policy/subscription-drops-newest",
		First:    `Gathered\(kept\)\.Then\(func\): event 1 of \d+ is .*, want`,
		Backend: &wrapped{memory("confuses-old-and-new"), configures(instead(map[lahja.SlowPolicy]lahja.SlowPolicy{
			lahja.DropNewest: lahja.DropOldest, lahja.DropOldest: lahja.DropNewest}))},
	},
	{
		Defect:   "It reports only every other dropped event.",
		KilledBy: "policy/subscription-drops-oldest",
		Before:   []string{"policy/subscription-drops-newest"},
		First:    `Gathered\(kept\)\.Then\(func\): \d+ events were handled of 201; .* \d+ drops were observed`,
		Backend:  &opened{memory("tells-half-of-the-drops"), silent},
	},
	{
		Defect:   "Its subscriptions drop what they have no room for instead of disconnecting.",
		KilledBy: "policy/subscription-disconnects",
		First:    `WaitUntilDisconnectedFrom\("(narrow|hub)"\): timeout after`,
		Backend: &wrapped{memory("disconnects-nobody"), configures(instead(map[lahja.SlowPolicy]lahja.SlowPolicy{
			lahja.Disconnect: lahja.DropNewest}))},
	},
	{
		Defect:   "Its subscriptions with a bound of their own drop what they have no room for instead of blocking.",
		KilledBy: "policy/subscription-holds-the-sender-up",
		Before:   []string{"peers/how-they-subscribe"},
		First:    `200 broadcasts to a subscription with room for 4096 bytes waited for nothing`,
		Backend: &wrapped{memory("holds-nobody-up"), configures(instead(map[lahja.SlowPolicy]lahja.SlowPolicy{
			lahja.Block: lahja.DropNewest}))},
	},
	{
		Defect:   "It waits for slow peers, whatever the policy.",
		KilledBy: "policy/peer-drops-newest",
		First:    `Do\("broadcast without waiting for the stalled one"\): (timeout after|.*BlockWait is over)`,
		Backend:  &opened{memory("waits-for-slow-peers"), func(o *engine.EndpointOptions) { o.SlowPeer = lahja.Block }},
	},
	{
		Defect:   "For slow peers, it drops the oldest events instead of the newest, and vice versa.",
		KilledBy: "policy/peer-drops-oldest",
		Before:   []string{"policy/peer-drops-newest"},
		First:    `the last event that came is number \d+, want 200`,
		Backend:  &opened{memory("confuses-old-and-new-for-peers"), confused},
	},
	{
		Defect:   "Its broadcasts wait for room without a bound.",
		KilledBy: "policy/circle-of-full-queues-ends",
		First:    `Sync\("(left|right)"\): timeout after`,
		Backend:  &opened{memory("waits-in-circles"), func(o *engine.EndpointOptions) { o.BlockWait = -1 }},
	},
}
