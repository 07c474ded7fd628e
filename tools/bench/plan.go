package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// DefaultRounds is how often every case is run; the figure of a case is the median.
const DefaultRounds = 5

// DefaultConsumers is how many receive where nothing else is said, as in the
// original's benchmark.
const DefaultConsumers = 10

// measure is how a kind of figure is got, and what is measured of it by default.
type measure struct {
	name string
	// onDemand measures are run only when they are asked for by name.
	onDemand bool
	// cases are of the first system; systems says on which they are run.
	cases   func() []Case
	systems []string
	// free says what the user may change of its cases.
	free flags
	run  func(ctx context.Context, f *fleet, c Case) (Run, error)
}

// flags are options that some measures take and others do not. Events that take long
// are free only where the measure is asked for by name: eventsNamed.
type flags struct{ payload, consumers, events, eventsNamed, throttle, queued bool }

// settings are the options that only some measures take, with the names of their flags.
var settings = []struct {
	name  string
	given func(Options) bool
	free  func(flags) bool
}{
	{"payload", func(o Options) bool { return o.Payload != nil }, func(f flags) bool { return f.payload }},
	{"consumers", func(o Options) bool { return o.Consumers > 0 }, func(f flags) bool { return f.consumers }},
	{"events", func(o Options) bool { return o.Events > 0 }, func(f flags) bool { return f.events || f.eventsNamed }},
	{"throttle", func(o Options) bool { return o.Throttle > 0 }, func(f flags) bool { return f.throttle }},
	{"queued", func(o Options) bool { return o.Queued }, func(f flags) bool { return f.queued }},
}

// taking are the names of the measures that take what free tells.
func taking(free func(flags) bool) []string {
	var all []string
	for _, m := range measures {
		if free(m.free) {
			all = append(all, m.name)
		}
	}
	return all
}

// checkTaken refuses what would change nothing of all that was named.
func (o Options) checkTaken() error {
	if len(o.Measures) == 0 {
		return nil
	}
	for _, s := range settings {
		take := taking(s.free)
		named := func(m string) bool { return slices.Contains(o.Measures, m) }
		if s.given(o) && !slices.ContainsFunc(take, named) {
			return fmt.Errorf("%s: only %s take it, and none of them is among the measures chosen (%s): choose one of them too, or leave it out",
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

// longer is how many times as many events a system gets where the user does not say:
// the limits would be through before the clock tells much.
func longer(system string) int {
	if system == Limit || system == Channels {
		return 4
	}
	return 1
}

// changed is the case with what the options say otherwise.
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
	c.Queued = free.queued && o.Queued
	return c
}

func (o Options) wants(system string) bool {
	return len(o.Systems) == 0 || slices.Contains(o.Systems, system)
}

// Plan is what the options ask for, in the order in which a round runs it.
func Plan(o Options) ([]Case, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var all []Case
	for _, m := range measures {
		if slices.Contains(o.Measures, m.name) || len(o.Measures) == 0 && !m.onDemand {
			all = append(all, m.plan(o)...)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("bench: nothing to measure: no measure chosen (%s) has a system chosen (%s)",
			strings.Join(o.Measures, ", "), strings.Join(o.Systems, ", "))
	}
	return all, nil
}
