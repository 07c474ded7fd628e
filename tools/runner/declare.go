package runner

import (
	"context"
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Declared returns the drivers of a scenario as they are declared on the Runner's engine, and
// checks them as Run does, but runs nothing.
func (r *Runner) Declared(ctx context.Context, s drivers.Scenario) (all []*drivers.Driver, err error) {
	dir := &privateDir{}
	session, err := r.Engine.Open(ctx, engine.Site{Dir: dir.path, Logger: r.Logger})
	if err != nil {
		return nil, fmt.Errorf("engine %s could not be opened: %w", r.Engine.Name(), err)
	}
	defer func() {
		if left := append(session.Close(), dir.remove()...); len(left) > 0 && err == nil {
			err = errors.New(leftBehind(left))
		}
	}()
	if all, err = build(s, drivers.NewEnv(session, dir.path, r.Params, r.Seed)); err == nil {
		err = vet(s, all)
	}
	return all, err
}
