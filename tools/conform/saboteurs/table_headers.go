package saboteurs

// headerSaboteurs change headers.
var headerSaboteurs = []Saboteur{
	{
		Defect:   "It drops the headers of every event.",
		KilledBy: "headers/arrive-as-sent",
		First:    `event \{N:0\} from client has 0 headers \{\}; want 1 headers \{"n": "0" \(1 bytes\)\}`,
		Backend:  filtering(unix("drops-headers"), dropHeaders(both)),
	},
	{
		Defect:   "It gives every 20th event of a connection the headers of the previous one.",
		KilledBy: "headers/arrive-as-sent",
		First:    `event \{N:19\} from client has 3 headers|event \{N:19\} from client has 2 headers .*; want 1 headers`,
		Backend:  filtering(memory("mixes-up-headers"), mixUpHeaders(20)),
	},
	{
		Defect:   "It truncates header values to 1 KiB.",
		KilledBy: "headers/arrive-as-sent",
		First:    `event \{N:4\} from client has 2 headers .*"v+" \(1024 bytes\).*want .*\(4096 bytes\)`,
		Backend:  filtering(memory("cuts-headers"), cutHeaders(1<<10)),
	},
	{
		Defect:   "It gives an event without headers those of the previous one.",
		KilledBy: "headers/none-where-none-were-sent",
		Before:   []string{"headers/arrive-as-sent"},
		First:    `event \{N:2\} from client has 1 headers \{"one": "1" \(1 bytes\)\}; want 0 headers`,
		Backend:  filtering(memory("keeps-headers"), keepHeaders),
	},
	{
		Defect:   "It drops the headers of answers.",
		KilledBy: "headers/of-request-and-answer",
		First:    `event .* from server has 0 headers \{\}; want 2 headers \{"answers": "client"`,
		Backend:  filtering(memory("drops-headers-of-answers"), dropHeaders(isAnswer)),
	},
	{
		Defect:   "It gives an answer without headers those of its request.",
		KilledBy: "headers/of-request-and-answer",
		First:    `event .* from server has 2 headers \{"asks": "client" .*; want 0 headers`,
		Backend:  filtering(memory("answers-with-the-requests-headers"), echoHeaders),
	},
	{
		Defect:   "It sends events with headers outside the limits without their headers.",
		KilledBy: "headers/outside-the-limits-throw",
		First:    `Broadcast\(Tick\{N:1\}, BroadcastConfig\{Headers:map\["and one".*succeeded, and was to fail`,
		Backend:  &wrapped{memory("sends-without-bad-headers"), broadcasts(withoutBadHeaders)},
	},
	{
		Defect:   "It gives handlers a context without a trace.",
		KilledBy: "headers/trace-goes-along",
		Before:   []string{"headers/no-trace-is-made-up"},
		First:    `event \{.*\} from back is in the trace \{Parent: State:\}; want \{Parent:00-0af7`,
		Backend:  &wrapped{memory("leaves-the-trace"), handles(outOfTrace)},
	},
	{
		Defect:   "It gives handlers of an event without a trace that of the previous event.",
		KilledBy: "headers/no-trace-is-made-up",
		First:    `the context of event \{N:1\} from client has the trace \{Parent:00-0af7`,
		Backend:  &wrapped{memory("stays-in-the-trace"), handles(stayingInTrace)},
	},
	{
		Defect:   "It drops a malformed traceparent.",
		KilledBy: "headers/no-trace-is-made-up",
		First:    `event \{N:2\} from client has 0 headers \{\}; want 1 headers \{"traceparent": "00-rubbish-01"`,
		Backend:  filtering(memory("drops-a-malformed-trace"), dropMalformedTrace),
	},
}
