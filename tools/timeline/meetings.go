package timeline

import (
	"slices"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// meeting is one round of a point: the drivers that went on there together.
type meeting struct {
	point   string
	at      time.Duration
	drivers []int
	// entry is that of the driver that was released first.
	entry int
	// err says why the point is broken, if it is.
	err string
	// signal is the driver that released the others by a signal, none where they met.
	signal int
}

type visit struct {
	point  string
	driver int
}

type round struct {
	point  string
	number int
}

// meetingsOf puts the releases of each point together: the n-th ones of its drivers belong together.
func meetingsOf(run *recording.Run) []meeting {
	var all []meeting
	visits, rounds, signals := map[visit]int{}, map[round]int{}, map[string]int{}
	for i, e := range run.Entries {
		if e.Kind == recording.Signalled && e.Driver < len(run.Drivers) {
			signals[e.Text] = e.Driver
		}
		if e.Kind != recording.Released || e.Driver < 0 || e.Driver >= len(run.Drivers) {
			continue
		}
		who := visit{e.Text, e.Driver}
		visits[who]++
		in := round{e.Text, visits[who]}
		at, known := rounds[in]
		if !known {
			at = len(all)
			rounds[in] = at
			signal, by := signals[e.Text]
			if !by {
				signal = none
			}
			all = append(all, meeting{point: e.Text, at: e.At, entry: i, err: e.Error, signal: signal})
		}
		if !slices.Contains(all[at].drivers, e.Driver) {
			all[at].drivers = append(all[at].drivers, e.Driver)
		}
		if all[at].err == "" {
			all[at].err = e.Error
		}
	}
	return all
}
