package bench

import (
	"context"
	"time"
)

// measure makes the first of the processes begin each phase, and waits until all of them
// have finished it. Events count once.
func (f *fleet) measure(ctx context.Context, c Case, parties ...*process) (Run, error) {
	f.order(orderWarm, parties[0])
	if _, err := f.expect(ctx, messageWarm, parties...); err != nil {
		return Run{}, err
	}
	before, err := f.usage(ctx, orderBegin)
	if err != nil {
		return Run{}, err
	}
	f.order(orderRun, parties[0])
	done, err := f.expect(ctx, messageDone, parties...)
	if err != nil {
		return Run{}, err
	}
	after, err := f.usage(ctx, orderEnd)
	if err != nil {
		return Run{}, err
	}
	return concluded(c, done, before, after), nil
}

func concluded(c Case, done, before, after []message) Run {
	l := newLatency()
	last := int64(0)
	for _, d := range done {
		l.merge(d.Latency)
		last = max(last, d.Last)
	}
	var r Run
	r.Seconds = time.Duration(last - done[0].First).Seconds()
	r.PerSecond = float64(c.Events) / r.Seconds
	r.timed(l)
	r.used(before, after)
	return r
}

// alone measures a case that needs one process.
func alone(role string) func(context.Context, *fleet, Case) (Run, error) {
	return func(ctx context.Context, f *fleet, c Case) (Run, error) {
		p, err := f.start("the "+role+" process", f.profiled(c.job(role), role))
		if err != nil {
			return Run{}, err
		}
		if _, err := f.expect(ctx, messageReady, p); err != nil {
			return Run{}, err
		}
		return f.measure(ctx, c, p)
	}
}
