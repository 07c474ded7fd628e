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
}
