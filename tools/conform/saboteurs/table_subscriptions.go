package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
)

// subscriptionSaboteurs are wrong about who subscribes to what.
var subscriptionSaboteurs = []Saboteur{
	{
		Defect:    "It also delivers an event as every other type of the same shape that the receiver subscribes to.",
		KilledBy:  "subscribe/types-match-exactly",
		Sometimes: []string{"headers/of-request-and-answer", "request/answer-of-another-type-throws"}, // The right answer may come first.
		First:     `event 101 of 150 is Tick\{N:0\} from client, want 100 events`,
		Backend:   filtering(memory("matches-by-shape"), matchByShape),
	},
	{
		Defect:   "It believes that all peers know its subscriptions at once, but tells them 250 ms later.",
		KilledBy: "subscribe/known-when-waited-for",
		Waits:    true,
		Races:    true, // Others may be slower than the 250 ms.
		First:    `round 1 of 10: server is not subscribed to Tock`,
		Backend:  &wrapped{filtering(memory("announces-late"), announceLate), sees(presume)},
	},
	{
		Defect:   "It never withdraws a subscription that it announced to a peer.",
		KilledBy: "subscribe/peers-know-the-whole-set",
		First:    `server subscribes to \[.*Ping .*Tick .*Tock\], want \[.*Ping .*Tock\]`,
		Backend:  filtering(unix("never-withdraws"), neverWithdraw),
	},
	{
		Defect:   "It registers a stream when the endpoint first broadcasts to itself, too late for that event.",
		KilledBy: "stream/keeps-early-events",
		First:    `NextFrom\[Tick\]\(ticks\)\.Equal\(Tick\{N:0\}\): (?s:.*)\{N: 1\}\s+to equal\s.*\{N: 0\}`,
		Backend:  &wrapped{memory("registers-streams-late"), each(newLateStreamer)},
	},
	{
		Defect:   "It lists its former subscriptions for ever.",
		KilledBy: "stream/closed-unread",
		First:    `IsAnyEndpointSubscribedTo\[Tick\]\(\) holds, and was not to`,
		Backend:  &wrapped{memory("lists-what-was"), each(newNostalgic)},
	},
	{
		Defect:   "It keeps calling unsubscribed handlers.",
		KilledBy: "subscribe/unsubscribed-is-not-called",
		First:    `Gathered\(before\)\.InOrder\(Tick\{N:1\}\): event 2 of 2 is Tick\{N:2\} from client, want 1 events`,
		Backend:  &wrapped{memory("clings-to-handlers"), each(func(e endpoint) lahja.EndpointAPI { return clinging{e} })},
	},
}
