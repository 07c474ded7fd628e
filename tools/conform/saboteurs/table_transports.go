package saboteurs

// transportSaboteurs break a rule of p2p.Transport.
var transportSaboteurs = []Saboteur{
	{
		Defect:   "It keeps the buffers of writes, and writes them after the caller has reused the memory.",
		KilledBy: "transport/write-keeps-nothing",
		Races:    true, // Whether the memory is reused in time is a race.
		First:    `the \d+\w+ write arrived as it was changed after Write had returned`,
		Backend:  changing(memory("keeps-write-buffers"), queued(64, false)),
	},
	{
		Defect:   "It drops data that it has no room for.",
		KilledBy: "transport/carries-every-byte",
		Races:    true, // There is room if the other side reads in time.
		First:    `what the dialling side wrote did not all arrive: \d+ of 1048576 bytes arrived`,
		Backend:  changing(memory("drops-when-slow"), queued(4, true)),
	},
	{
		Defect:   "Closing loses the last byte of the last write.",
		KilledBy: "transport/close-delivers",
		Races:    true, // Few scenarios end with a long write.
		First:    `262143 of 262144 bytes arrived that were written before Close`,
		Backend:  changing(memory("cuts-the-tail"), torn),
	},
	{
		Defect:   "Its closed connections keep reading until the other side closes.",
		KilledBy: "transport/close-ends-read",
		Races:    true, // The other side usually closes soon.
		First:    `Close did not end a Read of its own connection`,
		Backend:  changing(memory("reads-on"), closeHalf),
	},
	{
		Defect:   "Its close waits for a write in progress.",
		KilledBy: "transport/close-ends-write",
		Races:    true, // A write rarely waits for long.
		First:    `Close did not end a Write of its own connection`,
		Backend:  changing(memory("closes-after-writes"), patientlyClosing),
	},
	{
		Defect:   "Its listeners keep their addresses after they are closed.",
		KilledBy: "transport/closed-listener-frees-its-address",
		First:    `listen again at the address of a listener that was closed: .*address already in use`,
		Backend:  over(memory("keeps-addresses"), keepAddresses),
	},
	{
		Defect:   "A failed dial says only that the time was up.",
		KilledBy: "transport/dial-says-why",
		First:    `dialling where nobody listens says only that the time was up`,
		Backend:  over(memory("dials-in-silence"), dialInSilence),
	},
}
