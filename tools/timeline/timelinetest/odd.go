package timelinetest

import (
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// Odd is a run as no recorder writes it: any kind with any fields, also of drivers that there
// are not. A file may have been cut or edited.
func Odd(r *rand.Rand) *recording.Run {
	run := &recording.Run{}
	for i := range r.IntN(4) {
		run.Drivers = append(run.Drivers, recording.Driver{Name: string(rune('a' + i)), Endpoint: "e"})
	}
	kinds := []recording.Kind{"step", "step ended", "sent", "received", "arrived", "released", "signalled", "handled", "output", "something new"}
	some := func() int { return r.IntN(7) - 2 }
	for range r.IntN(40) {
		run.Entries = append(run.Entries, recording.Entry{At: time.Duration(some()) * 20 * time.Millisecond, Driver: some(), Kind: kinds[r.IntN(len(kinds))],
			Step: some(), Serial: some(), Text: "x\n\t", Peer: "e", Event: "a/b", ID: recording.ID{Instance: 1, Sequence: uint64(some())}, Count: some(), Took: time.Duration(some())})
	}
	for range r.IntN(3) {
		run.Outcome.Failures = append(run.Outcome.Failures, recording.Failure{Driver: some(), Step: some(), Kind: "stopped", Text: "y\ny", At: time.Duration(some())})
	}
	return run
}
