package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// closeSaboteurs leave something undone when they close.
var closeSaboteurs = []Saboteur{
	{
		Defect:   "It leaves its socket files behind.",
		KilledBy: "socket/unlinked-at-close",
		Anywhere: true,
		First:    `Throws\(.*a socket is there`,
		Backend:  over(unix("forgets-to-unlink"), func(t p2p.Transport) p2p.Transport { return leavesSockets{t} }),
	},
	{
		Defect:   "It leaves a goroutine behind with every tenth connection of a run.",
		KilledBy: "close/leaves-nothing-behind",
		Anywhere: true,
		First:    `left behind: goroutine: `,
		Backend:  &wrapped{memory("leaks-goroutines"), leaks(leakGoroutine)},
	},
	{
		Defect:   "It dials a second time for every tenth connection of a run, and forgets that connection.",
		KilledBy: "close/leaves-nothing-behind",
		Anywhere: true,
		First:    `left behind: descriptor: a connection dialled to .* was not closed`,
		Backend:  &wrapped{unix("leaks-connections"), leaks(leakConnection)},
	},
	{
		Defect:   "Its close does its work but never returns.",
		KilledBy: "close/ends-what-waits",
		Anywhere: true,
		First:    `CloseEndpoint\(\): it went on`,
		Backend:  &wrapped{unix("hangs-on-close"), each(func(e endpoint) lahja.EndpointAPI { return hanging{e} })},
	},
	{
		Defect:   "It shuts down without waiting for events above 8 KiB in flight.",
		KilledBy: "close/shutdown-loses-nothing",
		First:    `Collect\[Blob\]\(100\).*: timeout after .*: \d+ of 100 events came`,
		Backend:  &wrapped{lingeringNot("loses-what-is-under-way"), each(newHasty)},
	},
	{
		Defect:   "It closes without waiting for events above 8 KiB in flight.",
		KilledBy: "close/loses-nothing",
		First:    `Collect\[Blob\]\(100\).*: timeout after .*: \d+ of 100 events came`,
		Backend:  &wrapped{lingeringNot("discards-at-close"), each(discards(false))},
	},
	{
		Defect:   "It closes without waiting for answers above 8 KiB in flight.",
		KilledBy: "close/gives-its-answers",
		First:    `Request\(LargeAsk\{.*remote disconnected`,
		Backend:  &wrapped{lingeringNot("discards-answers"), each(discards(true))},
	},
	{
		Defect:   "Its second close fails.",
		KilledBy: "close/throws-afterwards",
		First:    `CloseEndpoint\(\): lahja: client: close: endpoint lifecycle`,
		Backend:  &wrapped{memory("closes-once"), each(newClosingOnce)},
	},
	{
		Defect:   "Its close fails if its socket file is gone.",
		KilledBy: "socket/missing-at-close",
		First:    `CloseEndpoint\(\): .*no such file`,
		Backend:  over(unix("misses-its-socket"), func(t p2p.Transport) p2p.Transport { return missesSockets{t} }),
	},
	{
		Defect:   "Its close does not end the contexts of running handlers.",
		KilledBy: "close/during-a-handler",
		First:    `CloseEndpoint\(\): it went on`,
		Backend:  &wrapped{memory("tells-no-handler"), handles(untold)},
	},
	{
		Defect:   "It reports that it serves even if it does not.",
		KilledBy: "lifecycle/says-whether-it-runs",
		First:    `"says (nothing but that it runs|that it has ended)".*: it says that it serves`,
		Backend:  &wrapped{memory("says-that-it-serves"), each(func(e endpoint) lahja.EndpointAPI { return boastful{e} })},
	},
	{
		Defect:   "After its close, it still lists its last peers.",
		KilledBy: "close/lists-nobody",
		First:    `ExpectEndpointFunc\("lists nobody"\): it lists 1 endpoints, the first is client`,
		Backend:  &wrapped{memory("lists-its-past"), each(func(e endpoint) lahja.EndpointAPI { return reminiscent{e, newShared(lahja.Snapshot{})} })},
	},
	{
		Defect:   "It reports success for a broadcast that its own close ended.",
		KilledBy: "close/during-a-broadcast-that-waits",
		Before:   []string{"close/throws-afterwards"},
		First:    `Broadcast\(Tick\{N:-1\}\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("swallows-its-end"), broadcasts(unended)},
	},
}
