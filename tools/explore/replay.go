package explore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
)

// divergence says where two runs of one plan differ.
func divergence(first, again result, cause string) string {
	if step := difference(first.Plan.Steps, again.Plan.Steps); step != "" {
		return step
	}
	return fmt.Sprintf("it came to %q, and before to %q", first.Cause, cause)
}

// Replay runs a plan again. If it takes another course than the plan says, the error names the
// first step that differs. Of the options, Workers, Args and Store count; the plan has the others.
func Replay(ctx context.Context, s drivers.Scenario, p *Plan, o Options) (*Failure, error) {
	Dispatch(s)
	if s.Name != p.Scenario {
		return nil, fmt.Errorf("the schedule is of scenario %s", p.Scenario)
	}
	o.Seed, o.Params, o.Link = p.Seed, p.Params, p.Link
	e := &exploration{Options: o, subject: subject{scenario: s}}
	followed := *p
	r, err := e.once(ctx, job{Plan: &followed, Store: o.Store})
	if err != nil {
		return nil, err
	}
	f := &Failure{Cause: r.Cause, Count: 1, Plan: r.Plan, Run: *r.Run, made: r.Made}
	if !slices.Equal(r.Plan.Steps, p.Steps) {
		return f, errors.New("the replay took another course than the schedule: " + divergence(result{Plan: p}, r, r.Cause))
	}
	return f, nil
}
