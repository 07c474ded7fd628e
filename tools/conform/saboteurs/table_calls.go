package saboteurs

// callSaboteurs break a promise of one call.
var callSaboteurs = []Saboteur{
	{
		Defect:   "It broadcasts nothing, and says that all went well, where the context has ended.",
		KilledBy: "context/ended-fails-every-call",
		First:    `broadcast: got <nil>, want context canceled`,
		Backend:  wrapped{memory("ignores-late-broadcasts"), broadcasts(nothingTooLate)},
	},
	{
		Defect:   "It broadcasts also where the context has ended, and then says so.",
		KilledBy: "context/ended-fails-every-call",
		First:    `(?s)Drain\[Tick\].*N: 2|exceeded after|no room`,
		Backend:  wrapped{memory("broadcasts-too-late"), broadcasts(allTheSame)},
	},
	{
		Defect:   "It requests also where the context has ended, and then says so.",
		KilledBy: "context/ended-fails-every-call",
		First:    `(?s)Drain\[Ping\].*N: 2`,
		Backend:  wrapped{memory("requests-too-late"), asks(asksAllTheSame)},
	},
	{
		Defect:   "It connects also where the context has ended, and then says so.",
		KilledBy: "context/ended-fails-every-call",
		First:    `other is connected to \[client\], want \[\]`,
		Backend:  wrapped{memory("connects-too-late"), connects(connectsAllTheSame)},
	},
	{
		Defect:   "It does not look at a context that has ended where there is a change already.",
		KilledBy: "context/ended-fails-every-call",
		First:    `wait for a change: got <nil>, want context canceled`,
		Backend:  wrapped{memory("waits-too-late"), waits(evenInVain)},
	},
	{
		Defect:   "It goes on synchronising when the context ends meanwhile.",
		KilledBy: "context/ends-what-waits",
		First:    `synchronise with \w+( \w+)?: it goes on although its context has ended`,
		Backend:  wrapped{memory("synchronises-without-end"), syncs(withoutEnd)},
	},
	{
		Defect:   "It goes on waiting for an answer when the context ends meanwhile.",
		KilledBy: "context/ends-what-waits",
		First:    `request: it goes on although its context has ended`,
		Backend:  wrapped{memory("waits-for-answers-without-end"), asks(asksPatiently)},
	},
	{
		Defect:   "It does not wait for its own handlers when it synchronises with itself.",
		KilledBy: "sync/with-oneself",
		First:    `the sync returned while a handler still had the event`,
		Backend:  wrapped{memory("synchronises-with-others-only"), syncs(notWithItself)},
	},
	{
		Defect:   "Its broadcasts wait for its own handlers.",
		KilledBy: "sync/with-oneself",
		First:    `Broadcast\(Tick\{N:1\}\): timeout after`,
		Backend:  wrapped{memory("waits-for-its-handlers"), broadcasts(untilHandledHere)},
	},
	{
		Defect:   "It says of a sync that all went well when the peer has gone.",
		KilledBy: "sync/peer-that-goes-ends-it",
		First:    `Sync\("server"\) succeeded, and was to fail`,
		Backend:  wrapped{memory("synchronises-with-the-dead"), each(newAcquainted)},
	},
	{
		Defect:   "It says of a sync that all went well which its own close ended.",
		KilledBy: "close/ends-what-waits",
		First:    `Sync\("server"\) succeeded, and was to fail`,
		Backend:  wrapped{memory("synchronises-until-closed"), syncs(untilClosed)},
	},
	{
		Defect:   "It says nothing of an endpoint that never listens where another one does.",
		KilledBy: "connect/one-of-several-fails",
		First:    `ConnectToEndpoints\("ready", "nobody"\) succeeded, and was to fail`,
		Backend:  wrapped{memory("connects-to-some"), connects(whileOneIsThere)},
	},
	{
		Defect:   "It takes anything for an event, and sends only structs.",
		KilledBy: "broadcast/no-struct-throws",
		First:    `broadcast a map"\) succeeded, and was to fail`,
		Backend:  wrapped{memory("takes-anything"), broadcasts(structsOrNot)},
	},
	{
		Defect:   "It sends nothing that requires no subscribers.",
		KilledBy: "broadcast/allowed-reaches-who-subscribes",
		First:    `(?s)Drain\[Tick\].*to equal.*N: 1`,
		Backend:  wrapped{memory("sends-what-is-required"), broadcasts(unneeded)},
	},
	{
		Defect:   "It sends an event to those of the endpoints named who subscribe, and then says that others do not.",
		KilledBy: "filter/endpoint-that-does-not-subscribe-throws",
		First:    `received Tick\{.*from client\}, where nothing of that type was to be received`,
		Backend:  wrapped{memory("sends-to-those-it-can"), broadcasts(toThoseItCan)},
	},
	{
		Defect:   "It gives events another id on their way than their sender has.",
		KilledBy: "broadcast/one-id-everywhere",
		First:    `event 0 came \(true\) as \S+Tick with the id \S+-1001, answering \S+-0; want \S+Tick with the id \S+-1,`,
		Backend:  filtering(memory("changes-ids"), underOtherIDs(".Tick")),
	},
	{
		Defect:   "It keeps the map of headers with which it sent an event.",
		KilledBy: "headers/are-not-kept",
		First:    `event \{N:\d\} from client has 1 headers \{"n": "2" \(1 bytes\)\}; want`,
		Backend:  wrapped{memory("keeps-the-map-of-headers"), each(newRemembersHeaders)},
	},
	{
		Defect:   "It says of a broadcast that fails only of what kind the error is.",
		KilledBy: "errors/say-what-failed",
		Before:   []string{"slow/full-queue-throws"},
		First:    `broadcast to nobody: the error is no \*lahja.Error but a \*errors.errorString: no subscribers`,
		Backend:  wrapped{memory("says-only-of-what-kind"), broadcasts(bareErrors)},
	},
	{
		Defect:   "It does not say who refused a connection.",
		KilledBy: "errors/say-what-failed",
		First:    `connect to a peer: the error is of operation "connect to server@server" of "client" with event "" and peer ""`,
		Backend:  wrapped{memory("names-nobody-who-refuses"), connects(nobodyWasRefused)},
	},
}

// askSaboteurs break a promise of requests.
var askSaboteurs = []Saboteur{
	{
		Defect:   "Its requests return when they are answered, and not before.",
		KilledBy: "request/returns-when-queued",
		First:    `Do\("request"\): timeout after`,
		Backend:  wrapped{memory("requests-until-answered"), asks(untilAnswered)},
	},
	{
		Defect:   "It names those whom it asked from the last to the first.",
		KilledBy: "request/returns-when-queued",
		First:    `the request says that it asked \[\w+ \w+ zoe\]; want zoe first`,
		Backend:  wrapped{memory("names-itself-last"), asks(asksBackwards)},
	},
	{
		Defect:   "It takes one answer of each endpoint, and passes over others.",
		KilledBy: "request/returns-when-queued",
		First:    `take two answers of a"\): timeout after .*answer 1: `,
		Backend:  wrapped{memory("takes-one-answer-of-each"), asks(asksOnce)},
	},
	{
		Defect:   "It says of answers that were closed that all have come.",
		KilledBy: "request/returns-when-queued",
		First:    `answers that were closed gave .* and no more answers: EOF, want endpoint lifecycle`,
		Backend:  wrapped{memory("says-that-all-have-come"), answering(endedByClose)},
	},
	{
		Defect:   "It has no error for a request that nobody is there to answer, where no subscribers are required.",
		KilledBy: "request/nobody-there-throws",
		First:    `RequestWith\(Ask\{.*AllowNoSubscribers.*want an error that is "no subscribers"; got "no more answers`,
		Backend:  wrapped{memory("asks-nobody"), asks(fromNobody)},
	},
	{
		Defect:   "It puts internal requests to its peers too.",
		KilledBy: "request/nobody-there-throws",
		First:    `RequestWith\(Ping\{.*Internal.*succeeded, and was to fail`,
		Backend:  wrapped{memory("asks-anybody"), asks(asksAnybody)},
	},
	{
		Defect:   "It requests with a received event as with one of its own.",
		KilledBy: "request/checked-as-a-broadcast",
		First:    `request with a received event: got (no subscribers|lahja: .*no subscribers.*|<nil>|%!w.*), want event is already bound`,
		Backend:  wrapped{memory("requests-with-what-came"), asks(askedAgain)},
	},
	{
		Defect:   "It counts its requests, so that one can guess their ids.",
		KilledBy: "request/id-cannot-be-guessed",
		First:    `two of these sequences can be guessed from each other`,
		Backend:  filtering(memory("counts-requests"), countsRequests),
	},
}
