package saboteurs

// requestSaboteurs do something to the answers of requests.
var requestSaboteurs = []Saboteur{
	{
		Defect:    "It gives the answer to one request to another one, where three of a type or more wait.",
		KilledBy:  "request/many-at-once",
		Sometimes: []string{"request/large-answers"}, // The first may be answered before the third is asked.
		First:     `(?s)event from server: Expected.*Pong>: \{N: \d+, .*to equal.*Pong>: \{N: \d+, `,
		Backend:   filtering(memory("answers-another-request"), misanswer),
	},
	{
		Defect:   "It drops every answer.",
		KilledBy: "request/response",
		First:    `Request\(Ping\{.*N:4\}, func\): .*nobody is left to answer; it went to server`,
		Backend:  filtering(unix("drops-answers"), dropAnswers),
	},
	{
		Defect:   "It takes the answer of an endpoint that was not asked for that of the one that was.",
		KilledBy: "request/only-who-was-asked-answers",
		First:    `(?s)event from trusted: Expected.*From: "mallory".*to equal.*From: "trusted"`,
		Backend:  over(memory("takes-anybodys-answer"), fromAnybody),
	},
	{
		Defect:   "It puts no request to the endpoint that makes it.",
		KilledBy: "request/to-oneself",
		First:    `^client, .*Request\(Ping\{.*N:1\}, func\): .*no subscribers`,
		Backend:  wrapped{memory("asks-others-only"), asks(notItself)},
	},
	{
		Defect:   "Its requests wait for an answer where nobody is there to give it.",
		KilledBy: "request/without-subscriber-throws",
		First:    `Request\(Ping\{.*\}\) was to fail, but ran into a timeout`,
		Backend:  wrapped{memory("asks-in-vain"), asks(inVain)},
	},
	{
		Defect:   "It does not say who has gone instead of answering a request.",
		KilledBy: "request/peer-that-leaves-fails-it",
		Before:   []string{"request/all-but-one-answer"},
		First:    `want "remote disconnected" of peer server`,
		Backend:  wrapped{memory("names-nobody"), answering(namingNobody)},
	},
	{
		Defect:   "It has no more answers to a request after the first one.",
		KilledBy: "request/all-answer",
		First:    `answers came from \[\w+\], want one of each of \[a b c client\]`,
		Backend:  wrapped{memory("ends-after-one-answer"), answering(onlyOne)},
	},
	{
		Defect:   "It says nothing of those who go instead of answering a request.",
		KilledBy: "request/all-but-one-answer",
		First:    `RequestAll\(Ping\{.*\}, func\) succeeded, and was to fail`,
		Backend:  wrapped{memory("passes-over-losses"), answering(passingOverLosses)},
	},
	{
		Defect:   "It does not say who has not answered when a request is given up.",
		KilledBy: "request/all-until-given-up",
		First:    `got \["\{N:1 From:\} from answers"\], want`,
		Backend:  wrapped{memory("gives-up-in-silence"), answering(pastTime)},
	},
}
