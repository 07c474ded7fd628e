package saboteurs

import "time"

// lastingSaboteurs end idle or old connections.
var lastingSaboteurs = []Saboteur{
	{
		Defect:   "Its connections end after 2 s without data.",
		KilledBy: "connect/idle-lasts",
		Waits:    true,
		Races:    true, // Other scenarios take that long only on a slow machine.
		First:    `^(hub|quiet|asked), .*IsConnectedTo\("(hub|quiet|asked)"\): \w+ is not connected to`,
		Backend:  changing(unix("ends-what-is-idle"), mortal(2*time.Second, true)),
	},
	{
		Defect:   "Its connections end if no data comes back within 4 s after some was sent.",
		KilledBy: "connect/one-way-lasts",
		Waits:    true,
		Races:    true,
		First:    `^(hub|speaks), .*Do\("send a (tick|tock) every 100ms for 6s"\)\): after `,
		Backend:  changing(memory("wants-to-hear-something"), unheard(4*time.Second)),
	},
	{
		Defect:   "Its connections end 3 s after they open, however busy they are.",
		KilledBy: "connect/old-lasts",
		Waits:    true,
		Races:    true,
		First:    `^client, .*Do\("ask every 100ms for 6s"\)\): after (2\.9|3|3\.1)s: .*(remote disconnected|no subscribers)`,
		Backend:  changing(unix("ends-what-is-old"), mortal(3*time.Second, false)),
	},
	{
		Defect:   "It leaves the handshake's deadline of 5 s on the connection.",
		KilledBy: "connect/old-lasts",
		Waits:    true,
		Races:    true,
		First:    `^client, .*Do\("ask every 100ms for 6s"\)\): after (4\.9|5|5\.1)s: .*(remote disconnected|no subscribers)`,
		Backend:  changing(memory("keeps-the-first-deadline"), mortal(5*time.Second, false)),
	},
}
