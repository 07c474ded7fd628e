package saboteurs

// viewSaboteurs break promises about snapshots and waits for changes.
var viewSaboteurs = []Saboteur{
	{
		Defect:   "It does not report since when a peer is connected.",
		KilledBy: "peers/by-name-and-since-when",
		First:    `c is connected since 0001-01-01.* \(listed: true\); want a time from|hub is connected since 0001-01-01`,
		Backend:  &wrapped{memory("says-since-never"), sees(everyPeer(sinceNever))},
	},
	{
		Defect:   "It reports every peer as just connected.",
		KilledBy: "peers/by-name-and-since-when",
		First:    `is connected since .* want a time from|says of itself that it runs since|was connected since .*, and is now since`,
		Backend:  &wrapped{memory("says-since-now"), sees(everyPeer(sinceNow))},
	},
	{
		Defect:   "It lists its peers in reverse order.",
		KilledBy: "peers/by-name-and-since-when",
		First:    `it lists \[hub c b a\], want \[hub a b c\]`,
		Backend:  &wrapped{memory("lists-backwards"), sees(lastFirst)},
	},
	{
		Defect:   "It does not report the queue groups of subscriptions.",
		KilledBy: "peers/how-they-subscribe",
		First:    `client subscribes to \S+ as \{.*Groups:\[\] Everyone:true\}.*, want \{.*Groups:\[`,
		Backend:  &wrapped{memory("says-nothing-of-groups"), sees(everyInterest(withoutGroups))},
	},
	{
		Defect:   "It does not report the shapes of subscribed types.",
		KilledBy: "peers/how-they-subscribe",
		First:    `client subscribes to \S+ as \{Shape:0 .*, want \{Shape:\d\d+ `,
		Backend:  &wrapped{memory("says-nothing-of-shapes"), sees(everyInterest(withoutShape))},
	},
	{
		Defect:   "It counts every change of subscriptions as a change of connections.",
		KilledBy: "peers/counts-what-changes",
		First:    `it subscribed itself, and version \d+, connections 0, .* became version \d+, connections 1`,
		Backend:  &wrapped{memory("counts-connections-wrongly"), sees(connectionsOfAnyKind)},
	},
	{
		Defect:   "It counts all subscriptions as its own.",
		KilledBy: "peers/counts-what-changes",
		First:    `a peer connected, and .*, own 1 became .*, own 2`,
		Backend:  &wrapped{memory("counts-its-own-wrongly"), sees(ownOfAnyKind)},
	},
	{
		Defect:   "Its waits for a change return at once.",
		KilledBy: "wait/for-a-version",
		First:    `wait for what does not come.* succeeded, and was to fail`,
		Backend:  &wrapped{memory("waits-for-no-change"), waits(whateverThereIs)},
	},
	{
		Defect:   "It gives a changed snapshot the version from before the change.",
		KilledBy: "wait/for-a-version",
		First:    `waiting for a version after (\d+) returned version \d+ with 1 endpoints`,
		Backend:  &wrapped{memory("keeps-the-version"), waits(versionBefore)},
	},
}
