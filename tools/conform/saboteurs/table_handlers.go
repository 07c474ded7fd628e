package saboteurs

import "github.com/lahja/go-lahja/lahja"

// handlerSaboteurs treat handlers otherwise than streams, or than they should.
var handlerSaboteurs = []Saboteur{
	{
		Defect:   "It hands every 40th event to handlers after the one that follows it, and to streams in order.",
		KilledBy: "order/one-sender",
		First:    `Gathered.*event 39 of 1999 is \{N:40\} from client; want 2000 in order, each once`,
		Backend:  wrapped{memory("reorders-between-subscriptions"), handles(swapped(40))},
	},
	{
		Defect:   "It tells handlers that events come from their own endpoint.",
		KilledBy: "broadcast/origin-is-the-sender",
		First:    `event \d+ of 40 has the origin "server", and "[ab]" broadcast it`,
		Backend:  wrapped{memory("mistakes-the-origin"), handles(fromItself)},
	},
	{
		Defect:   "It says nothing of handlers that fail.",
		KilledBy: "handler/failing-is-reported",
		First:    `HandlerThrows\("the handler fails on purpose"\): timeout`,
		Backend:  wrapped{memory("swallows-handler-errors"), handles(ignoringErrors)},
	},
	{
		Defect:   "It forgets every 40th event for a handler that is called inline.",
		KilledBy: "handler/inline",
		First:    `Gathered.*event 39 is number 40 with 40 bytes; want number 39`,
		Backend:  wrapped{memory("forgets-inline"), each(func(e endpoint) lahja.EndpointAPI { return forgetful{e} })},
	},
	{
		Defect:   "It answers a sync when it is read, and does not wait for the handlers.",
		KilledBy: "sync/waits-for-handling",
		Races:    true, // Handlers are about as quick.
		First:    `Do\("look whether it has returned"\): the sync returned while a handler still had the event`,
		Backend:  filtering(memory("syncs-early"), syncWithReader),
	},
	{
		Defect:   "It synchronises, and says that all went well, also where time was up before.",
		KilledBy: "context/ended-fails-every-call",
		First:    `synchronise with a peer: got <nil>, want context canceled`,
		Backend:  wrapped{memory("syncs-too-late"), each(func(e endpoint) lahja.EndpointAPI { return belated{e} })},
	},
	{
		Defect:   "It synchronises with endpoints that are not there.",
		KilledBy: "sync/with-a-stranger-throws",
		First:    `Sync\("stranger"\) succeeded, and was to fail`,
		Backend:  wrapped{memory("syncs-with-strangers"), each(func(e endpoint) lahja.EndpointAPI { return affable{e} })},
	},
}
