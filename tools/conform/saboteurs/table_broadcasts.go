package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// broadcastSaboteurs send events to the wrong endpoints.
var broadcastSaboteurs = []Saboteur{
	{
		Defect:   "It also delivers an event with a filter to all other subscribers.",
		KilledBy: "filter/one-endpoint",
		First:    `Drain.*event 1 of 100 is Tick\{N:0\} from hub, want 0 events`,
		Backend:  &wrapped{memory("delivers-to-the-filtered-out"), broadcasts(toAll)},
	},
	{
		Defect:    "It also delivers internal events to peers that subscribe to them.",
		KilledBy:  "filter/internal",
		First:     `Drain.*event 1 of 100 is Tick\{N:0\} from hub, want 0 events`,
		Backend:   &wrapped{memory("publishes-internals"), broadcasts(publicly)},
		Sometimes: []string{"policy/circle-of-full-queues-ends"}, // The other side's event may arrive before its own.
	},
	{
		Defect:   "It claims that causes arrive before their effects, but sends the first event for several peers to one of them 250 ms before the others.",
		KilledBy: "order/across-senders",
		Waits:    true,
		First:    `Drain.*event 1 of effect came before event 0 of cause`,
		Backend:  &wrapped{claiming(memory("favours-a-peer"), engine.OrderAcrossSenders), each(newFavouring)},
	},
	{
		Defect:   "It delivers no event to its sender if a peer also subscribes.",
		KilledBy: "broadcast/reaches-every-subscriber",
		First:    `^hub, .*Drain\[Tick\]\(ticks\).*: 0 events came, want 1`,
		Backend:  &wrapped{memory("forgets-itself"), broadcasts(toOthers)},
	},
	{
		Defect:   "It reports success for a broadcast without subscribers.",
		KilledBy: "broadcast/no-listeners-throws",
		First:    `Broadcast\(Tick\{N:0\}\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("checks-no-subscribers"), broadcasts(unchecked)},
	},
	{
		Defect:   "It accepts events of any size.",
		KilledBy: "payload/too-large-throws",
		First:    `Do\("broadcast a byte too many"\) succeeded, and was to fail`,
		Backend: amounting(with(memory("limits-no-payload"), func(o *p2p.Options) { o.MaxPayload = 64 << 20 }),
			engine.MaxPayload, lahja.DefaultMaxPayload),
	},
	{
		Defect:   "It accepts events that take any amount of memory when decoded.",
		KilledBy: "payload/too-large-decoded-throws",
		First:    `Do\("broadcast one page many times"\) succeeded, and was to fail`,
		Backend:  with(memory("limits-no-memory"), func(o *p2p.Options) { o.MaxDecoded = 1 << 30 }),
	},
	{
		Defect:   "It accepts events with fields that are not sent.",
		KilledBy: "payload/field-that-would-be-lost-throws",
		First:    `Do\("broadcast an event with an unexported field"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("loses-fields"), broadcasts(anyType)},
	},
	{
		Defect:   "It broadcasts a received event as its own.",
		KilledBy: "broadcast/received-event-throws",
		First:    `Do\("broadcast the event"\) succeeded, and was to fail`,
		Backend:  &wrapped{memory("rebroadcasts"), broadcasts(rebroadcast)},
	},
	{
		Defect:    "It checks for subscribers even if none is required.",
		KilledBy:  "broadcast/no-listeners-allowed",
		Sometimes: []string{"stream/abandoned-stalls-nothing", "stream/wait-for-is-the-first"}, // The wait may be over already.
		First:     `Broadcast\(Tick\{N:0\}.*no subscribers`,
		Backend:   &wrapped{memory("always-checks"), broadcasts(alwaysChecked)},
	},
	{
		Defect:   "It treats an event that is internal and names endpoints as internal.",
		KilledBy: "filter/internal-with-endpoints-throws",
		First:    `Broadcast\(Tick\{N:0\}.* succeeded, and was to fail`,
		Backend:  &wrapped{memory("overlooks-contradictions"), broadcasts(withoutContradiction)},
	},
	{
		Defect:   "It refuses to broadcast pointers.",
		KilledBy: "payload/pointer",
		First:    `Broadcast\(&?Tick\{N:5\}\): .*the event is a pointer`,
		Backend:  &wrapped{memory("takes-no-pointers"), broadcasts(valuesOnly)},
	},
	{
		Defect:   "It drops events that must not wait.",
		KilledBy: "broadcast/nowait",
		First:    `Drain.*: 0 events came, want 3`,
		Backend:  &wrapped{memory("drops-what-must-not-wait"), broadcasts(dropsHasty)},
	},
}
