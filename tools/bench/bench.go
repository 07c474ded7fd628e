package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Measure runs every case of the plan in every round, one case after the other, so
// that what goes on elsewhere on the machine strikes a system and its baselines alike.
// A case that fails in any round has no figures but an error, which is among those
// returned; the others go on. When ctx ends, so do the processes, and Measure returns
// what there is.
func Measure(ctx context.Context, o Options) (Results, error) {
	cases, err := Plan(o)
	if err != nil {
		return nil, err
	}
	runs := make(map[Case][]Run, len(cases))
	failed := map[Case]error{}
	for round := range o.rounds() {
		for i, c := range cases {
			if failed[c] != nil {
				continue
			}
			if o.Progress != nil {
				o.Progress(round*len(cases)+i, o.rounds()*len(cases), fmt.Sprintf("round %d of %d: %s", round+1, o.rounds(), c))
			}
			r, err := o.once(ctx, c, round+1)
			if ctx.Err() != nil {
				return nil, fmt.Errorf("bench: stopped: %w", context.Cause(ctx))
			}
			if err != nil {
				failed[c] = fmt.Errorf("%s, round %d: %w", c, round+1, err)
				delete(runs, c)
				continue
			}
			runs[c] = append(runs[c], r)
		}
	}
	return newResults(cases, runs), joined(cases, failed)
}

func joined(cases []Case, failed map[Case]error) error {
	var errs []error
	for _, c := range cases {
		if failed[c] != nil {
			errs = append(errs, failed[c])
		}
	}
	return errors.Join(errs...)
}

// once runs a case in processes of its own.
func (o Options) once(ctx context.Context, c Case, round int) (r Run, err error) {
	f, err := newFleet(o.stall())
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
