package saboteurs

import (
	"github.com/lahja/go-lahja/lahja/p2p"
)

// connectionSaboteurs are wrong about who is connected to whom.
var connectionSaboteurs = []Saboteur{
	{
		Defect:   "It accepts a second endpoint of the same name, as if it had another name.",
		KilledBy: "connect/second-of-one-name-throws",
		First:    `^second twin, .*ConnectToEndpoints\("server"\) succeeded, and was to fail`,
		Backend:  over(memory("accepts-namesakes"), func(t p2p.Transport) p2p.Transport { return filtered{t, newNamesakes().filter} }),
	},
	{
		Defect:   "Its connect returns when the dialling side knows the other one, 250 ms before the other side can know the dialling one.",
		KilledBy: "connect/both-know-subscriptions",
		Waits:    true,
		Races:    true, // Others may be slower than the 250 ms.
		Claims:   []string{"wait/endpoint-subscribed"},
		First:    `ConnectedEndpointsAre\("client"\): server is connected to \[\], want \[client\]`,
		Backend:  filtering(memory("connects-early"), readyEarly),
	},
	{
		Defect:    "It never notices that a peer is gone.",
		KilledBy:  "close/peer-notices",
		Before:    []string{"transport/close-delivers"},
		Sometimes: []string{"slow/stalled-peer-delays-nobody"}, // Both sides close at once.
		First:     `WaitUntilDisconnectedFrom\("client"\): timeout .*; client subscribes to`,
		Backend:   changing(unix("never-notices-a-death"), deaf(0)),
	},
	{
		Defect:   "Its sockets are open to everybody.",
		KilledBy: "socket/mode",
		First:    `the socket's mode is Srw-rw-rw-, want 0600`,
		Backend:  over(unix("opens-its-sockets"), func(t p2p.Transport) p2p.Transport { return opensSockets{t} }),
	},
	{
		Defect:   "It takes over the path of a live socket.",
		KilledBy: "socket/live-is-refused",
		Before:   []string{"transport/taken-address-throws"},
		First:    `Do\("serve at its path"\) succeeded, and was to fail`,
		Backend:  over(unix("usurps-sockets"), func(t p2p.Transport) p2p.Transport { return usurpsSockets{t} }),
	},
	{
		Defect:   "It connects to several endpoints one after the other.",
		KilledBy: "connect/several-in-parallel",
		First:    `^client, action 2, ConnectToEndpoints\("late", "ready"\): .* no listener answered`,
		Backend:  &wrapped{memory("connects-one-by-one"), connects(oneByOne)},
	},
	{
		Defect:   "It never reconnects to a restarted endpoint.",
		KilledBy: "reconnect/to-a-restarted-server",
		First:    `^server, .*WaitUntilConnectedTo\("client"\): timeout`,
		Backend:  staysAway(unix("stays-away")),
	},
	{
		Defect:   "It reconnects to a restarted endpoint without announcing its subscriptions.",
		KilledBy: "reconnect/restores-subscriptions-first",
		First:    `^server, .*IsEndpointSubscribedTo\[Tick\]\("client"\)`,
		Backend:  over(memory("comes-back-empty-handed"), func(t p2p.Transport) p2p.Transport { return filtered{t, newVisits().filter} }),
	},
	{
		Defect:   "When it refuses a connection, it closes all others.",
		KilledBy: "malformed/first-message",
		First:    `^client, action \d+, Request\(.*: (remote disconnected|no subscribers: nobody subscribes to it; connected: client subscribes to nothing)`,
		Backend:  over(memory("hangs-up-on-all"), func(t p2p.Transport) p2p.Transport { return filtered{t, newGrudge().filter} }),
	},
	{
		Defect:   "If nobody answers, its connect says only that the time was up.",
		KilledBy: "connect/says-why-nobody-answered",
		First:    `it says only that the time was up`,
		Backend:  &wrapped{memory("conceals-causes"), connects(withoutCause)},
	},
	{
		Defect:   "It lets a connecting endpoint use any name, whatever its certificate says.",
		KilledBy: "connect/name-must-be-certified",
		First:    `^mallory, .*RawConnection\(.*\): .*who says it is reader got hello, want a refusal`,
		Backend:  credulous("believes-who-connects", false, true),
	},
	{
		Defect:   "It connects to a listening endpoint of any name, whatever its certificate says.",
		KilledBy: "connect/servers-name-must-be-certified",
		First:    `^client, .*ConnectToEndpoints\("library"\) succeeded, and was to fail`,
		Backend:  credulous("believes-who-listens", true, false),
	},
	{
		Defect:   "It does not report a refused connection attempt.",
		KilledBy: "connect/duplicate-throws",
		First:    `ConnectToEndpoints\("server"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("conceals-refusals"), connects(whetherRefusedOrNot)},
	},
	{
		Defect:   "It never gives up connecting to an address that nobody serves.",
		KilledBy: "connect/gives-up",
		First:    `Do\("connect to nobody"\) was to fail, but ran into a timeout`,
		Backend:  &wrapped{memory("never-gives-up"), connects(overAndOver)},
	},
	{
		Defect:    "Until it subscribes to something itself, it does not list peers that subscribe to nothing.",
		KilledBy:  "connect/to-server",
		First:     `^client, .*IsConnectedTo\("server"\): client is not connected to server`,
		Sometimes: []string{"lifecycle/restarted-server-is-found-again"}, // The connection may have ended by then.
		Backend:   &wrapped{memory("lists-subscribers-only"), sees(subscribersOnly)},
	},
	{
		Defect:   "It lists itself after its peers.",
		KilledBy: "connect/lists-itself-first",
		First:    `want zzz and then aaa, got \[aaa`,
		Backend:  &wrapped{memory("lists-itself-last"), sees(itselfLast)},
	},
	{
		Defect:   "If it has no peers, it lists one that does not exist.",
		KilledBy: "wait/all-of-none",
		First:    `AreAllEndpointsSubscribedTo\[Tick\]\(false\): not all endpoints are subscribed to Tick`,
		Backend:  &wrapped{memory("imagines-company"), sees(company)},
	},
	{
		Defect:   "Its sockets are not at the path that the config from a name gives.",
		KilledBy: "socket/config-from-name",
		First:    `^client, .*connect to the config from the name.*no listener`,
		Backend:  elsewhere(unix("listens-elsewhere")),
	},
	{
		Defect:   "It does not serve at a path with a dead socket.",
		KilledBy: "socket/stale-is-taken-over",
		First:    `RestartEndpoint\(\): .*address already in use`,
		Backend:  over(unix("shuns-stale-sockets"), shunSockets),
	},
	{
		Defect:   "It opens endpoints of any name, under a valid one.",
		KilledBy: "lifecycle/names-are-ascii",
		First:    `Do\("open "\) succeeded, and was to fail`,
		Backend:  anyName{memory("takes-any-name")},
	},
}
