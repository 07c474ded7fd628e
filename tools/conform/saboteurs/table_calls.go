package saboteurs

// callSaboteurs break a promise of one call.
var callSaboteurs = []Saboteur{
	{
		Defect:   "If the context has ended, it broadcasts nothing and reports success.",
		KilledBy: "context/ended-fails-every-call",
		First:    `broadcast: got <nil>, want context canceled`,
		Backend:  &wrapped{memory("ignores-late-broadcasts"), broadcasts(nothingTooLate)},
	},
	{
		Defect:   "If the context has ended, it broadcasts anyway and then returns the error.",
		KilledBy: "context/ended-fails-every-call",
		First:    `(?s)Drain\[Tick\].*N:2|exceeded after|no room`,
		Backend:  &wrapped{memory("broadcasts-too-late"), broadcasts(allTheSame)},
	},
	{
		Defect:   "If the context has ended, it sends the request anyway and then returns the error.",
		KilledBy: "context/ended-fails-every-call",
		First:    `(?s)Drain\[Ping\].*N:2`,
		Backend:  &wrapped{memory("requests-too-late"), asks(asksAllTheSame)},
	},
	{
		Defect:   "If the context has ended, it connects anyway and then returns the error.",
		KilledBy: "context/ended-fails-every-call",
		First:    `other is connected to \[client\], want \[\]`,
		Backend:  &wrapped{memory("connects-too-late"), connects(connectsAllTheSame)},
	},
	{
		Defect:   "It ignores an ended context if there is already a change.",
		KilledBy: "context/ended-fails-every-call",
		First:    `wait for a change: got <nil>, want context canceled`,
		Backend:  &wrapped{memory("waits-too-late"), waits(evenInVain)},
	},
	{
		Defect:   "Its sync continues when its context ends.",
		KilledBy: "context/ends-what-waits",
		First:    `synchronise with \w+( \w+)?: it goes on although its context has ended`,
		Backend:  &wrapped{memory("synchronises-without-end"), syncs(withoutEnd)},
	},
	{
		Defect:   "It keeps waiting for an answer when the context ends.",
		KilledBy: "context/ends-what-waits",
		First:    `request: it goes on although its context has ended`,
		Backend:  &wrapped{memory("waits-for-answers-without-end"), asks(asksPatiently)},
	},
	{
		Defect:   "Its sync with itself does not wait for its own handlers.",
		KilledBy: "sync/with-oneself",
		Races:    true, // Handlers are about as fast.
		First:    `the sync returned while a handler still had the event`,
		Backend:  &wrapped{memory("synchronises-with-others-only"), syncs(notWithItself)},
	},
	{
		Defect:    "Its broadcasts wait for its own handlers.",
		KilledBy:  "sync/with-oneself",
		Sometimes: []string{"policy/circle-of-full-queues-ends"}, // The other side's event may arrive before its own.
		First:     `Broadcast\(Tick\{N:1\}\): timeout after`,
		Backend:   &wrapped{memory("waits-for-its-handlers"), broadcasts(untilHandledHere)},
	},
	{
		Defect:   "It reports success for a sync with a peer that is gone.",
		KilledBy: "sync/peer-that-goes-ends-it",
		First:    `Sync\("server"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("synchronises-with-the-dead"), each(newAcquainted)},
	},
	{
		Defect:   "It reports success for a sync that its own close ended.",
		KilledBy: "close/ends-what-waits",
		First:    `Sync\("server"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("synchronises-until-closed"), syncs(untilClosed)},
	},
	{
		Defect:   "Connecting to several endpoints ignores one that never listens if another does.",
		KilledBy: "connect/one-of-several-fails",
		First:    `ConnectToEndpoints\("ready", "nobody"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("connects-to-some"), connects(whileOneIsThere)},
	},
	{
		Defect:   "It accepts anything as an event, but sends only structs.",
		KilledBy: "broadcast/no-struct-throws",
		First:    `broadcast a map"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("takes-anything"), broadcasts(structsOrNot)},
	},
	{
		Defect:   "It does not send events that require no subscribers.",
		KilledBy: "broadcast/allowed-reaches-who-subscribes",
		First:    `Drain\[Tick\].*: 0 events came, want 3`,
		Backend:  &wrapped{memory("sends-what-is-required"), broadcasts(unneeded)},
	},
	{
		Defect:   "It sends an event to the named endpoints that subscribe, and then reports the others.",
		KilledBy: "filter/endpoint-that-does-not-subscribe-throws",
		First:    `received Tick\{.*from client\}, where nothing of that type was to be received`,
		Backend:  &wrapped{memory("sends-to-those-it-can"), broadcasts(toThoseItCan)},
	},
	{
		Defect:   "It changes the ids of events in transit.",
		KilledBy: "broadcast/one-id-everywhere",
		First:    `event 0 came \(true\) as \S+Tick with the id \S+-1001, answering \S+-0; want \S+Tick with the id \S+-1,`,
		Backend:  filtering(memory("changes-ids"), underOtherIDs(".Tick")),
	},
	{
		Defect:   "It keeps using the map of headers after the broadcast has returned.",
		KilledBy: "headers/are-not-kept",
		First:    `event \{N:\d\} from client has 1 headers \{"n": "2" \(1 bytes\)\}; want`,
		Backend:  &wrapped{memory("keeps-the-map-of-headers"), each(newRemembersHeaders)},
	},
	{
		Defect:   "A failed broadcast reports only the kind of its error.",
		KilledBy: "errors/say-what-failed",
		Before:   []string{"slow/full-queue-throws"},
		First:    `broadcast to nobody: the error is no \*lahja.Error but a \*errors.errorString: no subscribers`,
		Backend:  &wrapped{memory("says-only-of-what-kind"), broadcasts(bareErrors)},
	},
	{
		Defect:   "It does not name the endpoint that refused a connection.",
		KilledBy: "errors/say-what-failed",
		First:    `connect to a peer: the error is of operation "connect to server@server" of "client" with event "" and peer ""`,
		Backend:  &wrapped{memory("names-nobody-who-refuses"), connects(nobodyWasRefused)},
	},
}

// askSaboteurs break a promise of requests.
var askSaboteurs = []Saboteur{
	{
		Defect:   "Its requests return only when they are answered.",
		KilledBy: "request/returns-when-queued",
		First:    `Do\("request"\): timeout after`,
		Backend:  &wrapped{memory("requests-until-answered"), asks(untilAnswered)},
	},
	{
		Defect:   "It names the endpoints it asked in reverse order.",
		KilledBy: "request/returns-when-queued",
		First:    `the request says that it asked \[\w+ \w+ zoe\]; want zoe first`,
		Backend:  &wrapped{memory("names-itself-last"), asks(asksBackwards)},
	},
	{
		Defect:   "It takes one answer from each endpoint and ignores the rest.",
		KilledBy: "request/returns-when-queued",
		First:    `take two answers of a"\): timeout after .*answer 1: `,
		Backend:  &wrapped{memory("takes-one-answer-of-each"), asks(asksOnce)},
	},
	{
		Defect:   "It reports closed answers as complete.",
		KilledBy: "request/returns-when-queued",
		First:    `answers that were closed gave .* and no more answers: EOF, want endpoint lifecycle`,
		Backend:  &wrapped{memory("says-that-all-have-come"), answering(endedByClose)},
	},
	{
		Defect:   "If no subscribers are required, a request that nobody can answer is not an error.",
		KilledBy: "request/nobody-there-throws",
		First:    `RequestWith\(Ask\{.*AllowNoSubscribers.*want an error that is "no subscribers"; got "no more answers`,
		Backend:  &wrapped{memory("asks-nobody"), asks(fromNobody)},
	},
	{
		Defect:   "It also sends internal requests to peers.",
		KilledBy: "request/nobody-there-throws",
		First:    `RequestWith\(Ping\{.*Internal.*succeeded, and was to fail`,
		Backend:  &wrapped{memory("asks-anybody"), asks(asksAnybody)},
	},
	{
		Defect:   "It accepts a received event as a request.",
		KilledBy: "request/checked-as-a-broadcast",
		First:    `request with a received event: got (no subscribers|lahja: .*no subscribers.*|<nil>|%!w.*), want event is already bound`,
		Backend:  &wrapped{memory("requests-with-what-came"), asks(askedAgain)},
	},
	{
		Defect:   "It numbers its requests, so their ids can be guessed.",
		KilledBy: "request/id-cannot-be-guessed",
		First:    `two of these sequences can be guessed from each other`,
		Backend:  filtering(memory("counts-requests"), countsRequests),
	},
}
