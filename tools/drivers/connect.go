package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// ConnectToEndpoints connects to all of configs in parallel.
func ConnectToEndpoints(configs ...lahja.ConnectionConfig) Action {
	args := make([]any, len(configs))
	for i, c := range configs {
		args[i] = c.Name
	}
	return newAction("ConnectToEndpoints", args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		return ep.ConnectToEndpoints(ctx, configs...)
	})
}
