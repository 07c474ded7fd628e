package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
)

// handlerSaboteurs treat handlers unlike streams, or wrongly.
var handlerSaboteurs = []Saboteur{
	{
		Defect:   "It passes every 40th event to handlers after the one that follows it, but to streams in order.",
		KilledBy: "order/one-sender",
		First:    `Gathered.*event 40 of 1999 is Tick\{N:40\} from client, want Tick\{N:39\}`,
		Backend:  &wrapped{memory("reorders-between-subscriptions"), handles(swapped(40))},
	},
	{
		Defect:   "It tells handlers that events come from their own endpoint.",
		KilledBy: "broadcast/origin-is-the-sender",
		First:    `BySender.*came from server, from whom nothing was to come`,
		Backend:  &wrapped{memory("mistakes-the-origin"), handles(fromItself)},
	},
	{
		Defect:   "It does not report failing handlers.",
		KilledBy: "handler/failing-is-reported",
		First:    `HandlerThrows\("the handler fails on purpose"\): timeout`,
		Backend:  &wrapped{memory("swallows-handler-errors"), handles(ignoringErrors)},
	},
	{
		Defect:   "It drops every 40th event for a handler that borrows data.",
		KilledBy: "handler/borrows",
		First:    `Gathered.*event 39 is number 40 with 40 bytes; want number 39`,
		Backend:  &wrapped{memory("forgets-for-borrowers"), each(func(e endpoint) lahja.EndpointAPI { return forgetful{e} })},
	},
	{
		Defect:   "It drops the event that follows one for which a handler took 20 ms.",
		KilledBy: "handler/quick-and-slow",
		Races:    true, // Any handler can be so slow.
		First:    `Gathered.*want Tick\{N:21\}`,
		Backend:  &wrapped{memory("forgets-after-slow-events"), handles(losingAfterSlow)},
	},
	{
		Defect:   "It calls one handler at a time.",
		KilledBy: "handler/waits-for-a-later-event",
		First:    `Request\(Ping\{N:1\}\).*: timeout after`,
		Backend:  &wrapped{memory("calls-one-handler-at-a-time"), each(newOneAtATime)},
	},
	{
		Defect:   "It drops the event that follows one for which a handler panicked or exited, except among the first 10.",
		KilledBy: "handler/fails-in-every-way",
		First:    `Gathered.*want Tick\{N:41\}`,
		Backend:  &wrapped{memory("forgets-after-exits"), handles(losingAfterExit(10))},
	},
	{
		Defect:   "It answers a sync when it reads it, without waiting for the handlers.",
		KilledBy: "sync/waits-for-handling",
		Races:    true, // Handlers are about as fast.
		First:    `Do\("look whether it has returned"\): the sync returned while a handler still had the event`,
		Backend:  filtering(memory("syncs-early"), syncWithReader),
	},
	{
		Defect:   "It reports success for a sync whose context has already ended.",
		KilledBy: "context/ended-fails-every-call",
		First:    `synchronise with a peer: got <nil>, want context canceled`,
		Backend:  &wrapped{memory("syncs-too-late"), each(func(e endpoint) lahja.EndpointAPI { return belated{e} })},
	},
	{
		Defect:   "It reports success for a sync with an endpoint that does not exist.",
		KilledBy: "sync/with-a-stranger-throws",
		First:    `Sync\("stranger"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("syncs-with-strangers"), each(func(e endpoint) lahja.EndpointAPI { return affable{e} })},
	},
}
