package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Measure runs every case of the plan in every round, one case at a time, so that other load
// on the machine affects a system and its baselines alike. A case that fails in any round has
// no figures; its error is among those returned, and the other cases continue. When ctx ends,
// Measure ends the processes and returns the results so far.
func Measure(ctx context.Context, o Options) (Results, error) {
	cases, err := Plan(o)
	if err != nil {
		return nil, err
	}
	done := outcome{runs: make(map[Case][]Run, len(cases)), failed: map[Case]bool{}}
	for round := range o.rounds() {
		for i, c := range cases {
			if done.failed[c] {
				continue
			}
			if o.Progress != nil {
				o.Progress(round*len(cases)+i, o.rounds()*len(cases), fmt.Sprintf("round %d of %d: %s", round+1, o.rounds(), c))
			}
			r, err := o.once(ctx, c, round+1)
			if ctx.Err() != nil {
				return newResults(cases, done.runs), errors.Join(append(done.errs, fmt.Errorf("bench: stopped: %w", context.Cause(ctx)))...)
			}
			done.add(c, round+1, r, err)
		}
	}
	return newResults(cases, done.runs), errors.Join(done.errs...)
}

// outcome holds the results of the cases so far.
type outcome struct {
	runs   map[Case][]Run
	failed map[Case]bool
	errs   []error
}

func (o *outcome) add(c Case, round int, r Run, err error) {
	if err == nil {
		o.runs[c] = append(o.runs[c], r)
		return
	}
	delete(o.runs, c) // half a measurement is worthless
	o.failed[c] = true
	o.errs = append(o.errs, fmt.Errorf("%s, round %d: %w", c, round, err))
}

// once runs a case in new processes.
func (o Options) once(ctx context.Context, c Case, round int) (r Run, err error) {
	f, err := newFleet(o.stall(c.Throttle))
	if err != nil {
		return Run{}, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if o.CPUProfile != "" {
		f.profile = filepath.Join(o.CPUProfile, fmt.Sprintf("%s-round%d", strings.ReplaceAll(c.String(), " ", "-"), round))
	}
	for _, m := range measures {
		if m.name == c.Measure {
			return m.run(ctx, f, c)
		}
	}
	return Run{}, fmt.Errorf("bench: no measure is named %q", c.Measure)
}
