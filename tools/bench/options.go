package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Options says what to measure. The zero value measures everything that has a
// target, in DefaultRounds rounds.
type Options struct {
	// Measures and Systems are names. None means all, except Bridge and Scale, which you must name.
	Measures []string
	Systems  []string
	// Payload, in bytes, Consumers and Events replace the cases' own values, for the
	// measures that have them; nil and 0 keep them. They, Throttle and Borrow are refused
	// if Measures names none that takes them.
	Payload   *int
	Consumers int
	Events    int
	// Throttle is the largest number of events per second, for fan-out and local
	// broadcasts; 0 means no limit.
	Throttle float64
	// Borrow makes the bus's handlers borrow the data of events (lahja.SubscribeConfig), for
	// fan-out and round trips.
	Borrow bool
	// Rounds is how often everything runs; 0 means DefaultRounds.
	Rounds int
	// Stall is how long nothing may happen before missing events count as lost; 0 means
	// DefaultStall.
	Stall time.Duration
	// CPUProfile is a directory for a CPU profile of each measured process. If it is empty,
	// there are none.
	CPUProfile string
	// Progress is called before each run, with the number of finished runs, of all runs, and
	// the name of this one. It may be nil.
	Progress func(done, all int, now string)
}

// DefaultStall is far longer than any wait on a loaded machine.
const DefaultStall = 20 * time.Second

// maxConsumers keeps a typo from starting thousands of processes.
const maxConsumers = 1000

func (o Options) rounds() int {
	if o.Rounds == 0 {
		return DefaultRounds
	}
	return o.Rounds
}

// stall returns the time limit, longer if events are throttled.
func (o Options) stall(throttle float64) time.Duration {
	stall := DefaultStall
	if o.Stall > 0 {
		stall = o.Stall
	}
	if throttle > 0 {
		stall += time.Duration(2 * float64(time.Second) / throttle)
	}
	return stall
}

func (o Options) check() error {
	switch {
	case o.Payload != nil && (*o.Payload < 0 || *o.Payload > maxPayload):
		return fmt.Errorf("a payload of %d bytes: want 0 to %d, the most that an event of the bus can have", *o.Payload, maxPayload)
	case o.Consumers < 0 || o.Consumers > maxConsumers:
		return fmt.Errorf("%d consumers: want 1 to %d: each is a process", o.Consumers, maxConsumers)
	case o.Events < 0:
		return fmt.Errorf("%d events: want at least 1", o.Events)
	case o.Throttle < 0:
		return fmt.Errorf("a throttle of %g events a second: want more than 0", o.Throttle)
	case o.Rounds < 0:
		return fmt.Errorf("%d rounds: want at least 1", o.Rounds)
	}
	if err := known("measure", o.Measures, measureNames()); err != nil {
		return err
	}
	if err := o.checkTaken(); err != nil {
		return err
	}
	if err := o.checkMissing(); err != nil {
		return err
	}
	if err := known("system", o.Systems, Systems()); err != nil {
		return err
	}
	if o.CPUProfile != "" {
		if info, err := os.Stat(o.CPUProfile); err != nil || !info.IsDir() {
			return fmt.Errorf("the directory for CPU profiles, %q, does not exist; make it first", o.CPUProfile)
		}
	}
	return nil
}

// maxPayload leaves room for the rest of the event.
const maxPayload = lahja.DefaultMaxPayload - 1<<10

func known(kind string, names, all []string) error {
	for _, name := range names {
		if !slices.Contains(all, name) {
			return fmt.Errorf("no %s is named %q; there are %s", kind, name, strings.Join(all, ", "))
		}
	}
	return nil
}

func measureNames() []string {
	var all []string
	for _, m := range measures {
		all = append(all, m.name)
	}
	return all
}

// Systems lists the names of all systems that can be measured here, the bus first.
func Systems() []string {
	var all []string
	for _, m := range measures {
		for _, s := range m.systems {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}
