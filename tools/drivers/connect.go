package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// ConnectToEndpoints connects to all of configs in parallel.
func ConnectToEndpoints(configs ...lahja.ConnectionConfig) Action {
	args, names := make([]any, len(configs)), make([]string, len(configs))
	for i, c := range configs {
		args[i], names[i] = c.Name, c.Name
	}
	a := newAction("ConnectToEndpoints", args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return ep.ConnectToEndpoints(ctx, configs...)
	}).naming(names...).usesEndpoint()
	a.connects = true
	return a
}
