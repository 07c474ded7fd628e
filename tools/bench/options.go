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
	// Measures and Systems are names; none means all (but Scale, which has to be
	// named).
	Measures []string
	Systems  []string
	// Payload, in bytes, Consumers and Events take the place of the cases' own, for
	// the measures that have them; nil and 0 leave them. They, Throttle and Queued are
	// refused where Measures names none that takes them.
	Payload   *int
	Consumers int
	Events    int
	// Throttle is in events a second, for fan-out and local broadcasts; 0 is as fast
	// as it goes.
	Throttle float64
	// Queued has the bus queue events for its handlers, for fan-out and round trips;
	// else they are called inline (lahja.SubscribeConfig).
	Queued bool
	// Rounds is how often everything is run; 0 means DefaultRounds.
	Rounds int
	// Stall is how long nothing at all may happen before what is missing counts as
	// lost; 0 means DefaultStall.
	Stall time.Duration
	// CPUProfile is a directory for one CPU profile a process of what is measured; ""
	// is none.
	CPUProfile string
	// Progress is told before every run: how many of all have been done, and what is
	// run now. It may be nil.
	Progress func(done, all int, now string)
}

// DefaultStall is far above what a loaded machine makes anybody wait.
const DefaultStall = 20 * time.Second

// maxConsumers keeps a slip of the finger from starting ever more processes.
const maxConsumers = 1000

func (o Options) rounds() int {
	if o.Rounds == 0 {
		return DefaultRounds
	}
	return o.Rounds
}

// stall leaves time for what is not sent more often than that.
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
		return fmt.Errorf("a payload of %d bytes: want 0 to %d, as an event of the bus has no more", *o.Payload, maxPayload)
	case o.Consumers < 0 || o.Consumers > maxConsumers:
		return fmt.Errorf("%d consumers: want 1 to %d, as each is a process", o.Consumers, maxConsumers)
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
	if err := known("system", o.Systems, Systems()); err != nil {
		return err
	}
	if o.CPUProfile != "" {
		if info, err := os.Stat(o.CPUProfile); err != nil || !info.IsDir() {
			return fmt.Errorf("the directory for CPU profiles, %q, is none; make it first", o.CPUProfile)
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

// Systems lists the names of all systems, the bus first.
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
