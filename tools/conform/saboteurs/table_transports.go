package saboteurs

// transportSaboteurs break a rule of lahja.Transport.
var transportSaboteurs = []Saboteur{
	{
		Defect:   "It keeps what it is given to write, and writes it when the caller has used that memory again.",
		KilledBy: "transport/write-keeps-nothing",
		Races:    true, // Who uses the memory again, and when, is a race.
		DataRace: true,
		First:    `the \d+\w+ write arrived as it was changed after Write had returned`,
		Backend:  changing(memory("keeps-write-buffers"), queued(64, false)),
	},
	{
		Defect:   "It drops what it has no room for.",
		KilledBy: "transport/carries-every-byte",
		Races:    true, // It has room when the other side reads in time.
		First:    `what the dialling side wrote did not all arrive: \d+ of 1048576 bytes arrived`,
		Backend:  changing(memory("drops-when-slow"), queued(4, true)),
	},
	{
		Defect:   "It loses the last byte of what was written last when it closes.",
		KilledBy: "transport/close-delivers",
		Races:    true, // Little is long, and the last.
		First:    `262143 of 262144 bytes arrived that were written before Close`,
		Backend:  changing(memory("cuts-the-tail"), torn),
	},
	{
		Defect:   "Its connections go on reading when they were closed, until the other side closes.",
		KilledBy: "transport/close-ends-read",
		Races:    true, // The other side mostly closes soon.
		First:    `Close did not end a Read of its own connection`,
		Backend:  changing(memory("reads-on"), closeHalf),
	},
	{
		Defect:   "It waits for a write under way before it closes.",
		KilledBy: "transport/close-ends-write",
		Races:    true, // A write seldom waits for long.
		First:    `Close did not end a Write of its own connection`,
		Backend:  changing(memory("closes-after-writes"), patientlyClosing),
	},
	{
		Defect:   "Its listeners keep their addresses when they are closed.",
		KilledBy: "transport/closed-listener-frees-its-address",
		First:    `listen again at the address of a listener that was closed: .*address already in use`,
		Backend:  over(memory("keeps-addresses"), keepAddresses),
	},
	{
		Defect:   "It says of a dial that failed only that the time was up.",
		KilledBy: "transport/dial-says-why",
		First:    `dialling where nobody listens says only that the time was up`,
		Backend:  over(memory("dials-in-silence"), dialInSilence),
	},
}
