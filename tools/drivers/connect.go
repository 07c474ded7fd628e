package drivers

import (
	"context"
	"slices"

	"github.com/lahja/go-lahja/lahja"
)

// ConnectToEndpoints connects to all of these in parallel. Where it is given names, it first
// waits until the drivers that serve them have opened their endpoints.
func ConnectToEndpoints[A Address](to ...A) Action {
	addresses := addressesOf(to)
	args, names := make([]any, len(to)), make([]string, len(to))
	for i, a := range addresses {
		args[i], names[i] = a.name, a.name
	}
	a := newAction("ConnectToEndpoints", args, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		configs := make([]lahja.ConnectionConfig, len(addresses))
		for i, a := range addresses {
			if configs[i], err = a.served(ctx, s); err != nil {
				return err
			}
		}
		return ep.ConnectToEndpoints(ctx, configs...)
	}).naming(names...).usesEndpoint()
	a.connects = true
	a.addressed = slices.ContainsFunc(addresses, func(to address) bool { return !to.byName })
	return a
}
