package agents

import (
	"context"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// misconfigured is a launcher that can only say what is wrong.
type misconfigured struct{ err error }

func (misconfigured) Name() string                                         { return name }
func (misconfigured) Has() []engine.Capability                             { return nil }
func (m misconfigured) Machines(context.Context) ([]engine.Machine, error) { return nil, m.err }
func (m misconfigured) Place(context.Context, subprocess.Placing) (subprocess.Placement, error) {
	return nil, m.err
}
