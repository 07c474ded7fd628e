package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
)

// groupSaboteurs choose the wrong members of queue groups.
var groupSaboteurs = []Saboteur{
	{
		Defect:   "It gives an event to one member on every endpoint.",
		KilledBy: "groups/one-member-receives",
		First:    `received event \d+ for the group g, which has had it`,
		Backend:  &wrapped{memory("sends-to-every-member"), broadcasts(toEveryMember)},
	},
	{
		Defect:   "It does not tell members of queue groups that they were chosen.",
		KilledBy: "groups/named-endpoints",
		First:    `members received map\[\], want`,
		Backend:  filtering(memory("sends-to-no-member"), choosingNobody),
	},
	{
		Defect:   "It gives an event to only one queue group of an endpoint that was chosen for several.",
		KilledBy: "groups/each-group-receives",
		First:    `members received map\[left of both:30 left of one:30 right of two:30\], want`,
		Backend:  filtering(unix("serves-one-group"), choosingForOne),
	},
	{
		Defect:   "It makes subscriptions outside of queue groups members of a group.",
		KilledBy: "groups/beside-others",
		First:    `members received map\[g of both:\d+ g of member:30\], want`,
		Backend:  &wrapped{memory("makes-members"), each(newEnlisting)},
	},
	{
		Defect:   "It ignores filters if there are queue groups.",
		KilledBy: "groups/named-endpoints",
		First:    `members received map\[g of a:20 g of b:20 g of c:20\], want`,
		Backend:  &wrapped{memory("chooses-among-all"), broadcasts(toAnyMember)},
	},
	{
		Defect:   "It does not count handlers as members of queue groups.",
		KilledBy: "groups/request-to-one",
		Before:   []string{"groups/named-endpoints"},
		First:    `RequestAll\(Ping\{N:0\}\).*event 2 of 2 is Pong`,
		Backend:  &wrapped{memory("knows-no-members"), each(func(e endpoint) lahja.EndpointAPI { return alone{e} })},
	},
}
