package saboteurs

import (
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// OnProcesses returns saboteurs whose drivers can be processes: some of All, and
// those whose defect shows in no other way. The slice is the caller's.
func OnProcesses() []Saboteur {
	shown := slices.DeleteFunc(All(), func(s Saboteur) bool { return !s.Backend.Capabilities().Has(engine.AcrossProcesses) })
	return append(shown, processSaboteurs...)
}

// processSaboteurs do what is seen of a process alone.
var processSaboteurs = []Saboteur{
	{
		Defect:   "It opens a file with every endpoint that listens, and does not close it.",
		KilledBy: "close/leaves-nothing-behind",
		First:    `left behind: descriptor: \d+ \(/dev/null\) was not closed`,
		Backend:  over(unix("leaks-descriptors"), func(t lahja.Transport) lahja.Transport { return opensFiles{t} }),
	},
}
