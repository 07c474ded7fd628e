package saboteurs

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// limitSaboteurs claim more than they can do.
var limitSaboteurs = []Saboteur{
	{
		Defect:   "It flips a bit in every event above 4 MiB.",
		KilledBy: "payload/up-to-the-limit",
		First:    `^server, .*NextFrom\[Blob\]\(blobs\)\.Then\(func\): blob 0 has other bytes than were sent, first at 2097\d+; it has 4194291 bytes`,
		Backend:  filtering(unix("flips-a-bit-above-4-MiB"), above(4<<20, flipInTheMiddle)),
	},
	{
		Defect:   "It flips a bit in every event above 8 MiB that a listening endpoint sends.",
		KilledBy: "payload/up-to-the-limit",
		First:    `^client, .*NextFrom\[Blob\]\(blobs\)\.Then\(func\): blob 0 has other bytes than were sent, first at 838\d+; it has 16777202 bytes`,
		Backend:  filtering(memory("flips-a-bit-of-servers"), fromServers(above(8<<20, flipInTheMiddle))),
	},
	{
		Defect:   "It loses every event above 8 MiB.",
		KilledBy: "payload/up-to-the-limit",
		First:    `^(server, .*NextFrom\[Blob\]\(blobs\)\.Then\(func\)|client, .*Do\("broadcast \d{8} bytes"\)): (timeout|.*BlockWait is over)`,
		Backend:  filtering(memory("loses-above-8-MiB"), above(8<<20, lose)),
	},
	{
		Defect:   "It loses events of exactly the largest size.",
		KilledBy: "payload/up-to-the-limit",
		First:    `^server, .*NextFrom\[Blob\]\(blobs\)\.Then\(func\): timeout`,
		Backend:  filtering(memory("loses-the-largest"), theLargest(lose)),
	},
	{
		Defect:   "It accepts events up to 8 MiB, and claims 16 MiB.",
		KilledBy: "payload/up-to-the-limit",
		First:    `^client, .*Do\("broadcast 8388609 bytes"\): .*event too large`,
		Backend: amounting(with(memory("claims-too-much"), func(o *p2p.Options) { o.MaxPayload = 8 << 20 }),
			engine.MaxPayload, lahja.DefaultMaxPayload),
	},
	{
		Defect:   "It flips a bit in every answer above 4 MiB.",
		KilledBy: "payload/largest-request-and-answer",
		First:    `^client, .*Do\("request"\): blob 2 has other bytes than were sent, first at \d+; it has 16777202 bytes`,
		Backend:  filtering(memory("flips-a-bit-of-answers"), above(4<<20, ofAnswers(flipInTheMiddle))),
	},
}
