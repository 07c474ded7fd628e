package saboteurs

import (
	"github.com/lahja/go-lahja/lahja/p2p"
)

// listenerSaboteurs cannot handle many connections, or silent ones.
var listenerSaboteurs = []Saboteur{
	{
		Defect:   "It serves at most eight connections at once; others wait.",
		KilledBy: "connect/many-to-one",
		First:    `^crowd, .*8 of 65 connected; client-\d\d did not`,
		Backend:  over(unix("serves-eight"), listens(few(8))),
	},
	{
		Defect:   "It closes every incoming connection while 64 are open.",
		KilledBy: "connect/many-to-one",
		First:    `^crowd, .*64 of 65 connected; client-\d\d did not`,
		Backend:  over(memory("drops-the-65th"), listens(dropsAbove(64))),
	},
	{
		Defect:   "It loses a connection that is dialled before the previous one is accepted.",
		KilledBy: "connect/many-to-one",
		Races:    true, // Other scenarios may dial at the same time or one by one.
		First:    `^crowd, .*\d+ of 65 connected; client-\d\d did not`,
		Backend:  over(memory("has-a-backlog-of-one"), backlogOfOne),
	},
	{
		Defect:   "It dials at most sixteen connections at once; others wait.",
		KilledBy: "connect/one-to-many",
		First:    `^hub, .*16 of 65 connected; server-\d\d did not`,
		Backend:  over(unix("dials-sixteen"), dialsAtMost(16)),
	},
	{
		Defect:   "It accepts a connection only after its first byte, and no other one until then.",
		KilledBy: "connect/past-silent-ones",
		Before:   []string{"transport/silent-connection-delays-nobody"},
		First:    `^(silent, .*not all of 6 silent connections were accepted|client, .*ConnectToEndpoints\("server"\)): `,
		Backend:  over(memory("hears-before-it-accepts"), listens(hearsFirst)),
	},
	{
		Defect:   "It has its own handshake, and accepts no other connection while it waits for one.",
		KilledBy: "connect/past-silent-ones",
		First:    `^client, .*ConnectToEndpoints\("server"\): `,
		Backend:  over(unix("shakes-hands-in-accept"), func(t p2p.Transport) p2p.Transport { return greets{t} }),
	},
}
