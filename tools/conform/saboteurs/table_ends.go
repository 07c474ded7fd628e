package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
)

// endSaboteurs break a promise about the end of an endpoint, a subscription or a handler.
var endSaboteurs = []Saboteur{
	{
		Defect:   "Its shutdown ignores its context.",
		KilledBy: "close/shutdown-gives-up-in-time",
		First:    `Do\("shut down within 50 ms"\): (it went on|timeout)`,
		Backend:  &wrapped{memory("shuts-down-without-a-bound"), shutsDown(withoutABound)},
	},
	{
		Defect:   "Its shutdown does not report what it gave up.",
		KilledBy: "close/shutdown-gives-up-in-time",
		First:    `got <nil>, want context deadline exceeded with what was given up`,
		Backend:  &wrapped{memory("gives-up-without-a-word"), shutsDown(withoutAWord)},
	},
	{
		Defect:   "A shutdown whose context has already ended does not close it.",
		KilledBy: "close/shutdown-gives-up-in-time",
		First:    `a broadcast after that: got <nil>, want endpoint lifecycle`,
		Backend:  &wrapped{memory("shuts-down-in-time-or-not"), shutsDown(notTooLate)},
	},
	{
		Defect:   "A shutdown that gives something up says only that the time was up.",
		KilledBy: "close/shutdown-names-who-does-not-read",
		Before:   []string{"close/shutdown-gives-up-in-time"},
		First:    `the error says nothing of "stalled"|no error in its chain|want an? .*lahja.Error`,
		Backend:  &wrapped{memory("says-only-that-time-is-up"), shutsDown(onlyThatTimeWasUp)},
	},
	{
		Defect:   "Its shutdown ends the contexts of handlers.",
		KilledBy: "close/shutdown-lets-handlers-finish",
		First:    `the context of a handler that runs ended|Request\(Ping\{.*remote disconnected|the context of a handler that runs ended`,
		Backend:  &wrapped{memory("shuts-down-at-once"), shutsDown(atOnce)},
	},
	{
		Defect:   "It keeps accepting connections until its handlers have finished.",
		KilledBy: "close/shutdown-lets-handlers-finish",
		First:    `wait until it serves no more"\): timeout after|Request\(Ping\{.*remote disconnected|the context of a handler that runs ended`,
		Backend:  &wrapped{memory("stays-open-to-the-end"), shutsDown(openToTheEnd)},
	},
	{
		Defect:   "It takes a minute to close, whatever its linger.",
		KilledBy: "close/within-its-linger",
		First:    `CloseEndpoint\(\): (it went on|timeout)`,
		Waits:    true,
		Backend:  slowlyLeaving(memory("lingers-for-a-minute")),
	},
	{
		Defect:   "It reports its end when it begins to close.",
		KilledBy: "lifecycle/ends-after-its-handlers",
		First:    `"has closed, with a handler that runs".*: it says that it has ended`,
		Backend:  &wrapped{memory("ends-before-its-handlers"), each(newHurried)},
	},
	{
		Defect:   "It forgets its name when it closes.",
		KilledBy: "lifecycle/ends-after-its-handlers",
		First:    `its name is "", want "server"`,
		Backend:  &wrapped{memory("forgets-its-name"), each(newNameless)},
	},
	{
		Defect:   "After its close, its waits return the last state.",
		KilledBy: "close/throws-afterwards",
		First:    `succeeded, and was to fail|want "endpoint lifecycle"`,
		Backend:  &wrapped{memory("waits-after-its-end"), each(newStale)},
	},
	{
		Defect:   "It waits for ever for a handler that exits its goroutine.",
		KilledBy: "handler/exiting-is-reported",
		First:    `HandlerThrows\(.*\): timeout after`,
		Backend:  &wrapped{memory("waits-for-who-has-exited"), handles(onItsOwn)},
	},
	{
		Defect:   "It calls the handlers of one type one after the other.",
		KilledBy: "slow/busy-handler-delays-nobody",
		First:    `wait until another handler has had them all"\): (timeout after|context)`,
		Backend:  &wrapped{memory("calls-one-handler-of-a-type"), each(newOneOfAType)},
	},
	{
		Defect:   "It ends a handler's context when the event's sender leaves.",
		KilledBy: "subscribe/end-is-told-to-the-handler",
		First:    `the context of the handler has ended`,
		Backend:  &wrapped{memory("ends-handlers-of-who-goes"), handles(untilItsSenderGoes)},
	},
	{
		Defect:   "It treats an invalid subscription config as none.",
		KilledBy: "subscribe/config-outside-its-limits-throws",
		First:    `a stream with .*: got <nil>, want invalid argument`,
		Backend:  &wrapped{memory("forgives-configs"), each(func(e endpoint) lahja.EndpointAPI { return forgiving{e} })},
	},
	{
		Defect:   "It drops events that are larger than their subscription's whole queue.",
		KilledBy: "subscribe/narrow-queue-takes-what-is-larger",
		First:    `NextFrom\[Blob\]\(blocks\)\.Then\(func\): timeout after`,
		Backend:  filtering(memory("drops-what-is-larger"), onlyWhatFits),
	},
	{
		Defect:   "It never makes a stream a member of a queue group.",
		KilledBy: "groups/streams-are-members",
		First:    `(?s)Drain\[Tick\].*to have length 10`,
		Backend:  &wrapped{memory("lets-no-stream-in"), each(func(e endpoint) lahja.EndpointAPI { return lonely{e} })},
	},
	{
		Defect:    "A broadcast waits for the previous one of the same endpoint.",
		KilledBy:  "policy/full-subscription-holds-up-one-alone",
		Sometimes: []string{"errors/say-what-failed"}, // The previous one may have ended by then.
		First:     `fast, .*Broadcast\(Tock\{N:1\}\): timeout after`,
		Backend:   &wrapped{memory("broadcasts-in-turn"), broadcastsInTurn(ofEndpoint)},
	},
	{
		Defect:    "A broadcast waits for the previous one of the same type, of any endpoint.",
		KilledBy:  "policy/full-subscription-holds-up-one-alone",
		Sometimes: []string{"errors/say-what-failed"}, // The previous one may have ended by then.
		First:     `(other, .*Broadcast\(Tick\{N:1\}\)|fast, .*Join\("last"\)): timeout after`,
		Backend:   &wrapped{memory("broadcasts-each-type-in-turn"), broadcastsInTurn(ofType)},
	},
}
