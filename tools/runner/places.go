package runner

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// placeable returns an error if the drivers cannot be on the machines that the scenario demands.
func placeable(ctx context.Context, session engine.Session, s drivers.Scenario, all []*drivers.Driver) error {
	places := s.Places(all)
	if places.IsZero() {
		return nil
	}
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name()
	}
	return engine.Placeable(ctx, session, names, places)
}

// misplaced takes in why the drivers have no place. Whatever else went wrong is a failure.
func (r *Report) misplaced(err error) {
	if !errors.Is(err, engine.ErrNoPlace) {
		r.harness(err)
		return
	}
	r.Verdict, r.Missing = Unsupported, []engine.Need{engine.Machines}
	r.Reason = fmt.Sprintf("%v (%s)", err, r.Engine)
}
