package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// DefaultRounds is how often every case runs. A case's figure is the median.
const DefaultRounds = 5

// DefaultConsumers is the default number of receivers, as in the original's benchmark.
const DefaultConsumers = 10

// measure is one kind of figure, with its default cases.
type measure struct {
	name string
	// onDemand measures run only if you name them.
	onDemand bool
	// cases are those of the first system. systems names the systems that run them.
	cases   func() []Case
	systems []string
	// carried measures run on every registered carrier, too.
	carried bool
	// free says which settings of the cases the user may change.
	free flags
	run  func(ctx context.Context, f *fleet, c Case) (Run, error)
}

// flags are the options that only some measures take. eventsNamed is for measures whose events
// take long: the user can change their number only if they name the measure.
type flags struct{ payload, consumers, events, eventsNamed, throttle, borrow bool }

// settings are those options with the names of their flags.
var settings = []struct {
	name  string
	given func(Options) bool
	free  func(flags) bool
}{
	{"payload", func(o Options) bool { return o.Payload != nil }, func(f flags) bool { return f.payload }},
	{"consumers", func(o Options) bool { return o.Consumers > 0 }, func(f flags) bool { return f.consumers }},
	{"events", func(o Options) bool { return o.Events > 0 }, func(f flags) bool { return f.events || f.eventsNamed }},
	{"throttle", func(o Options) bool { return o.Throttle > 0 }, func(f flags) bool { return f.throttle }},
	{"borrow", func(o Options) bool { return o.Borrow }, func(f flags) bool { return f.borrow }},
}

// taking returns the names of the measures that take the setting.
func taking(free func(flags) bool) []string {
	var all []string
	for _, m := range measures {
		if free(m.free) {
			all = append(all, m.name)
		}
	}
	return all
}

// checkTaken refuses a setting that none of the chosen measures takes.
func (o Options) checkTaken() error {
	if len(o.Measures) == 0 {
		return nil
	}
	for _, s := range settings {
		take := taking(s.free)
		named := func(m string) bool { return slices.Contains(o.Measures, m) }
		if s.given(o) && !slices.ContainsFunc(take, named) {
			return fmt.Errorf("%s: only %s take it, and you chose none of them (%s): choose one of them too, or leave it out",
				s.name, strings.Join(take, ", "), strings.Join(o.Measures, ", "))
		}
	}
	return nil
}

func (m measure) plan(o Options) []Case {
	var all []Case
	for _, c := range m.cases() {
		c.Measure = m.name
		c = o.changed(c, m.free)
		base := c.Events
		for _, s := range m.systems {
			c.System = s
			if c.Events = base; o.Events == 0 {
				c.Events *= longer(s)
			}
			if o.wants(s) && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// longer is by how much a system's default number of events is multiplied. Otherwise the
// fastest ones would finish too soon to be measured well.
func longer(system string) int {
	if system == Limit || system == Channels {
		return 4
	}
	return 1
}

// changed returns the case as the options change it.
func (o Options) changed(c Case, free flags) Case {
	if free.payload && o.Payload != nil {
		c.Payload = *o.Payload
	}
	if free.consumers && o.Consumers > 0 {
		c.Consumers = o.Consumers
	}
	named := free.eventsNamed && slices.Contains(o.Measures, c.Measure)
	if o.Events > 0 && (free.events || named) {
		c.Events = o.Events
	}
	if free.throttle {
		c.Throttle = o.Throttle
	}
	c.Borrow = free.borrow && o.Borrow
	return c
}

func (o Options) measures(m measure) bool {
	return slices.Contains(o.Measures, m.name) || len(o.Measures) == 0 && !m.onDemand
}

func (o Options) wants(system string) bool {
	return len(o.Systems) == 0 || slices.Contains(o.Systems, system)
}

// Plan returns the cases that the options ask for, in the order in which a round runs them.
func Plan(o Options) ([]Case, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var all []Case
	for _, m := range measures {
		if o.measures(m) {
			all = append(all, m.plan(o)...)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("bench: nothing to measure: no measure chosen (%s) has a system chosen (%s)",
			strings.Join(o.Measures, ", "), strings.Join(o.Systems, ", "))
	}
	return all, nil
}
