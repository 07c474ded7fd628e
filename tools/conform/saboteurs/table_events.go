package saboteurs

// eventSaboteurs change or lose events in transit.
var eventSaboteurs = []Saboteur{
	{
		Defect:   "It loses every 40th event that a connection carries.",
		KilledBy: "order/one-sender",
		First:    `event 40 of 1950 is Tick\{N:40\} from client, want Tick\{N:39\}`,
		Backend:  filtering(unix("loses-events"), everyNth(40, lose)),
	},
	{
		Defect:   "It delivers every 40th event of a connection twice.",
		KilledBy: "order/one-sender",
		First:    `event 41 of 2050 is Tick\{N:39\} from client, want Tick\{N:40\}`,
		Backend:  filtering(memory("duplicates-events"), everyNth(40, twice)),
	},
	{
		Defect:   "It delivers every 40th event of a connection after the one that follows it.",
		KilledBy: "order/one-sender",
		First:    `event 40 of 2000 is Tick\{N:40\} from client, want Tick\{N:39\}`,
		Backend:  filtering(memory("reorders-a-connection"), swapEveryNth(40)),
	},
	{
		Defect:   "It truncates byte strings above 64 KiB in events.",
		KilledBy: "payload/every-size",
		First:    `has other bytes than were sent, first at 65536; it has 65536 bytes, want 65537`,
		Backend:  filtering(unix("truncates"), truncate(64<<10)),
	},
	{
		Defect:   "It flips a bit in the middle of every uncompressed event above 1 KiB.",
		KilledBy: "payload/every-size",
		First:    `blob 6 has other bytes than were sent, first at \d+; it has 1024 bytes, want 1024`,
		Backend:  filtering(memory("flips-a-bit"), flip(false)),
	},
	{
		Defect:   "It flips a bit in the middle of every compressed event.",
		KilledBy: "payload/every-size",
		First:    `blob 7 has other bytes than were sent, first at \d+; it has 1024 bytes, want 1024`,
		Backend:  filtering(memory("flips-a-compressed-bit"), flip(true)),
	},
	{
		Defect:   "It gives every 50th event of a connection the id of the previous one.",
		KilledBy: "broadcast/origin-and-id",
		First:    `ids that no other event has`,
		Backend:  filtering(memory("repeats-ids"), repeatIDs(50)),
	},
	{
		Defect:   "It loses the first event of a connection in each direction.",
		KilledBy: "broadcast/client-to-server",
		First:    `^server, .*Receives\(Tick\{N:1\}\): (timeout|no driver can send Tick)`,
		Backend:  filtering(memory("loses-the-first-event"), onlyFirst(lose)),
	},
	{
		Defect:   "It replaces every non-ASCII character in texts.",
		KilledBy: "payload/every-kind-of-field",
		First:    `(?s)Receives\(Medley.*\): event from client: Expected.*"gr\?\?e, .*to equal.*"grüße, `,
		Backend:  filtering(memory("speaks-ascii"), editFields(toASCII)),
	},
	{
		Defect:   "It converts every time in an event to UTC.",
		KilledBy: "payload/here-as-there",
		First:    `(?s)^server, .*WaitFor\[Sundry\]\(\)\.Then\(func\): Expected.*21:59:58\.123456789Z.*to equal.*23:59:58\.123456789\+02:00`,
		Backend:  filtering(memory("loses-offsets"), editFields(toUTC)),
	},
}
