package saboteurs

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/engine"
)

// OnProcesses returns saboteurs whose drivers can be processes: some of All, and those whose
// defect shows only there. The caller may change the slice.
func OnProcesses() []Saboteur {
	shown := slices.DeleteFunc(All(), func(s Saboteur) bool { return !s.Backend.Capabilities().Has(engine.AcrossProcesses) })
	return append(shown, processSaboteurs...)
}

// processSaboteurs have defects that show only between processes.
var processSaboteurs = []Saboteur{
	{
		Defect:   "It opens a file for every listening endpoint, and never closes it.",
		KilledBy: "close/leaves-nothing-behind",
		Anywhere: true,
		First:    `left behind: descriptor: \d+ \(/dev/null\) was not closed`,
		Backend:  over(unix("leaks-descriptors"), func(t p2p.Transport) p2p.Transport { return opensFiles{t} }),
	},
	{
		Defect:   "It notices 3 s late that a peer is gone.",
		KilledBy: "crash/is-noticed-in-time",
		First:    `^server, .*WaitUntilDisconnectedFrom\("client"\)\): not done within 1s: .*; client subscribes to`,
		Backend:  changing(unix("notices-a-death-late"), deaf(3*time.Second)),
	},
	{
		Defect:   "The dialling side notices 2 s late that its peer is gone.",
		KilledBy: "crash/of-a-server-is-noticed-in-time",
		First:    `^client, .*WaitUntilDisconnectedFrom\("server"\)\): not done within 1s`,
		Backend:  over(unix("notices-servers-late"), func(t p2p.Transport) p2p.Transport { return twoWays{changed{t, deaf(2 * time.Second)}, t} }),
	},
	{
		// It delays every event, so that some are left when the death is noticed.
		Defect:   "When one of several receivers leaves, each of the others loses an event.",
		KilledBy: "crash/costs-the-others-nothing",
		First:    `^healthy, .*Drain.* of 1999 is .* from hub, want Tick`,
		Backend:  changing(losingAtDeaths(unix("loses-events-at-a-death")), slowly(0, time.Millisecond)),
	},
	{
		Defect:   "It does not take over the socket of a killed process.",
		KilledBy: "crash/leaves-the-name-free",
		First:    `^successor, .*Do\("succeed"\): .*address already in use`,
		Backend:  over(unix("refuses-successors"), shunSockets),
	},
	{
		Defect:   "It accepts no endpoint under a name that another one had before.",
		KilledBy: "crash/leaves-the-name-free",
		First:    `^client, .*ConnectToEndpoints\("server"\): .*connection attempt rejected`,
		Backend:  over(unix("remembers-names"), rememberNames),
	},
	{
		Defect:   "It never reconnects to the successor of a killed endpoint.",
		KilledBy: "reconnect/to-a-successor",
		First:    `^(successor|client), .*: timeout after`,
		Backend:  staysAway(unix("leaves-successors-alone")),
	},
	{
		Defect:   "It announces no shapes of the types that it subscribes to.",
		KilledBy: "versions/changed-field-throws",
		First:    `^client, .*Broadcast\(NewShape\{.*\}\) succeeded, and was to fail`,
		Backend:  filtering(unix("announces-no-shapes"), shapeless),
	},
	{
		Defect:   "It describes no types, so only equal versions fit.",
		KilledBy: "versions/fields-come-and-go",
		First:    `^client, .*Broadcast\(NewNote\{.*\}\): .*event types differ`,
		Backend:  filtering(unix("describes-nothing"), describes(func(string) bool { return false })),
	},
	{
		Defect:   "It describes no types of answers.",
		KilledBy: "versions/request-and-answer",
		First:    `^client, .*Request\(NewAdd\{.*\}.*\): .*event types differ`,
		Backend:  filtering(unix("describes-no-answers"), describes(func(event string) bool { return event != "scenarios/sum" })),
	},
	{
		Defect:   "It does not send an answer that does not fit, and leaves the request waiting.",
		KilledBy: "versions/changed-answer-throws",
		First:    `^client, .*Request\(NewAsk\{.*\}\) was to fail, but ran into a timeout`,
		Backend:  filtering(unix("leaves-misfits-unanswered"), withholdsAnswers("scenarios/count")),
	},
	{
		Defect:   "It writes to all peers under one lock, so a paused peer blocks all others.",
		KilledBy: "paused/delays-nobody-and-gets-everything",
		First:    `^hub, .*Sync\("free"\).*: timeout after`,
		Backend:  underOneLock(unix("stands-still-too")),
	},
	{
		Defect:   "It gives up a live peer that reads nothing for 500 ms.",
		KilledBy: "paused/is-not-given-up",
		Races:    true, // Other scenarios stop no process for that long, unless the machine is slow.
		First:    `^hub, .*IsConnectedTo\("still"\)\)*: (hub is not connected to still|event \d+ of 300: .*remote disconnected: .*i/o timeout)`,
		Backend:  changing(unix("is-impatient"), impatiently(500*time.Millisecond)),
	},
	{
		Defect:   "It reports only every other dropped event.",
		KilledBy: "paused/loses-what-is-counted",
		First:    `^still, .*: \d+ blobs came, and \d+ were not dropped`,
		Backend:  &opened{unix("tells-half-of-the-drops-of-processes"), silent},
	},
}
