package saboteurs

// requestSaboteurs handle requests or answers wrongly.
var requestSaboteurs = []Saboteur{
	{
		Defect:    "It gives one request's answer to another, if at least three of a type wait.",
		KilledBy:  "request/many-at-once",
		Sometimes: []string{"request/large-answers"}, // The first request may be answered before the third is sent.
		First:     `(?s)event from server: Expected.*Pong>: \{N: \d+, .*to equal.*Pong>: \{N: \d+, `,
		Backend:   filtering(memory("answers-another-request"), misanswer),
	},
	{
		Defect:   "It drops every answer.",
		KilledBy: "request/response",
		First:    `Request\(Ping\{.*N:4\}\)\.Returns\(.*\): timeout after .* no answer .* from server`,
		Backend:  filtering(unix("drops-answers"), dropAnswers),
	},
	{
		Defect:   "It accepts an answer from an endpoint that was not asked.",
		KilledBy: "request/only-who-was-asked-answers",
		First:    `(?s)event from trusted: Expected.*From: "mallory".*to equal.*From: "trusted"`,
		Backend:  over(memory("takes-anybodys-answer"), fromAnybody),
	},
	{
		Defect:   "It does not send a request to the endpoint that makes it.",
		KilledBy: "request/to-oneself",
		First:    `^client, .*Request\(Ping\{.*N:1\}\)\.Returns\(.*\): .*no subscribers`,
		Backend:  &wrapped{memory("asks-others-only"), asks(notItself)},
	},
	{
		Defect:   "Its requests wait for an answer even if nobody can give one.",
		KilledBy: "request/without-subscriber-throws",
		First:    `Request\(Ping\{.*\}\) was to fail, but ran into a timeout`,
		Backend:  &wrapped{memory("asks-in-vain"), asks(inVain)},
	},
	{
		Defect:   "It does not name the peer that left without answering a request.",
		KilledBy: "request/peer-that-leaves-fails-it",
		Before:   []string{"request/all-but-one-answer"},
		First:    `want "remote disconnected" of peer server`,
		Backend:  &wrapped{memory("names-nobody"), answering(namingNobody)},
	},
	{
		Defect:   "It ends a request after its first answer.",
		KilledBy: "request/all-answer",
		First:    `answers came from \[\w+\], want one of each of \[a b c client\]`,
		Backend:  &wrapped{memory("ends-after-one-answer"), answering(onlyOne)},
	},
	{
		Defect:   "It reports nothing when a peer leaves without answering a request.",
		KilledBy: "request/all-but-one-answer",
		First:    `RequestAll\(Ping\{.*\}\)\.Then\(func\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("passes-over-losses"), answering(passingOverLosses)},
	},
	{
		Defect:   "When a request is given up, it does not name the peers that have not answered.",
		KilledBy: "request/all-until-given-up",
		First:    `got \["\{N:1 From:\} from answers"\], want`,
		Backend:  &wrapped{memory("gives-up-in-silence"), answering(pastTime)},
	},
}
